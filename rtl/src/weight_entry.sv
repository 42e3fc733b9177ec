/// Entry of the engine's weight stream: a transfer in its packing to the 2-bit codes (weight + 1) of
/// a column block.
///
/// Packing 0, two_bit: the codes as they are, code w at [2*w +: 2]. Wires only.
///
/// Packing 1, base3: one block of the packing with Bytes = ceil(Codes / 5) bytes: byte p carries the
/// codes p, p + Bytes, .. p + 4 Bytes; those past the last code are dropped. The decoder's register
/// stands between the stream and the output: a transfer taken in one cycle is offered in the next,
/// one a cycle. A byte that numbers nothing (243 to 255) becomes codes 3. Of its codes the first, p,
/// is never a dropped one, so that every illegal byte shows.
///
/// enable_i is high while the reader of the output wants more; nothing is taken otherwise.
/// Synchronous reset, active low, drops what the decoder holds.
module weight_entry #(
  parameter  int unsigned Codes    = 64,
  parameter  int unsigned Packing  = 0,
  localparam int unsigned Bytes    = (Codes + 4) / 5,
  localparam int unsigned DataBits = Packing == 0 ? 2 * Codes : 8 * Bytes
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                enable_i,

  input  logic                valid_i,
  output logic                ready_o,
  input  logic [DataBits-1:0] data_i,
  input  logic                last_i,

  output logic                valid_o,
  input  logic                ready_i,
  output logic [2*Codes-1:0]  codes_o,
  output logic                last_o
);

  if (Packing > 1) begin : gen_illegal_packing
    $error("weight_entry: Packing must be 0 (two_bit) or 1 (base3)");
  end
  if (Codes < 1) begin : gen_illegal_codes
    $error("weight_entry: Codes must be 1 or more");
  end

  if (Packing == 0) begin : gen_two_bit
    // The reader's ready_i says already what enable_i does.
    logic unused_inputs;
    assign unused_inputs = ^{clk_i, rst_ni, enable_i};

    assign valid_o = valid_i;
    assign ready_o = ready_i;
    assign codes_o = data_i;
    assign last_o  = last_i;
  end else begin : gen_base3
    // The codes that fill the last byte, and flag and count of the decoder: the engine counts
    // transfers, by their codes 3, whatever the packing.
    // verilator lint_off UNUSEDSIGNAL
    logic [10*Bytes-1:0] codes;
    logic                illegal;
    logic [15:0]         illegal_count;
    // verilator lint_on UNUSEDSIGNAL
    logic                decoder_ready, take, last_q;

    // The decoder sees a transfer in the cycle that takes it only: where the reader stops wanting
    // any, what waits may be withdrawn.
    assign ready_o = decoder_ready & enable_i;
    assign take    = valid_i & ready_o;

    trit_decoder #(
      .Bytes(Bytes)
    ) u_decoder (
      .clk_i,
      .rst_ni,
      .valid_i        (take),
      .ready_o        (decoder_ready),
      .bytes_i        (data_i),
      .valid_o,
      .ready_i,
      .codes_o        (codes),
      .illegal_o      (illegal),
      .illegal_count_o(illegal_count)
    );

    assign codes_o = codes[2*Codes-1:0];
    assign last_o  = last_q;

    always_ff @(posedge clk_i) if (take) last_q <= last_i;

`ifndef SYNTHESIS
    stream_assertions #(
      .Width(DataBits + 1)
    ) u_input_held (
      .clk_i,
      .rst_ni,
      .enable_i,
      .valid_i,
      .ready_i(ready_o),
      .data_i ({last_i, data_i})
    );
`endif
  end

endmodule
