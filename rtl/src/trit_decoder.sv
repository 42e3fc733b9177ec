/// Decoder of packing `base3`: Bytes bytes a beat to 5 Bytes 2-bit weight codes (weight + 1).
///
/// Byte p carries the weights p, p + Bytes, p + 2 Bytes, p + 3 Bytes and p + 4 Bytes of the output,
/// as a block of the packing does: with Bytes equal to the block (64 or 32) the codes come out in
/// column order.
///
/// One register, of the bytes: a beat accepted at the end of a cycle is output in the next one, one
/// beat a cycle. ready_o depends on ready_i in the same cycle; an output that is not taken holds.
///
/// A byte that is no code (243 to 255) gives five codes 3. illegal_o is set in the cycle after the
/// first one with the beat at the output and stays until reset; illegal_count_o, which changes with
/// it, counts such bytes and saturates.
///
/// Synchronous reset, active low, of control, flag and count.
module trit_decoder #(
  parameter  int unsigned Bytes     = 32,
  localparam int unsigned CountBits = 16
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 valid_i,
  output logic                 ready_o,
  input  logic [8*Bytes-1:0]   bytes_i,         // byte p at [8*p +: 8]

  output logic                 valid_o,
  input  logic                 ready_i,
  output logic [10*Bytes-1:0]  codes_o,         // code of weight w at [2*w +: 2]

  output logic                 illegal_o,
  output logic [CountBits-1:0] illegal_count_o
);

  if (Bytes < 1 || Bytes > 4096) begin : gen_illegal_bytes
    $error("trit_decoder: Bytes must be 1 to 4096");
  end

  ///////////////
  // Handshake //
  ///////////////

  logic accept;
  logic valid_q;
  logic fresh_q;  // the beat at the output came there in this cycle

  assign ready_o = ready_i | ~valid_q;
  assign accept  = valid_i & ready_o;
  assign valid_o = valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (ready_o) valid_q <= valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) fresh_q <= 1'b0;
    else fresh_q <= accept;
  end

  //////////////
  // Decoding //
  //////////////

  logic [8*Bytes-1:0] bytes_q;
  logic [9:0]         codes[Bytes];
  logic [Bytes-1:0]   illegal;

  always_ff @(posedge clk_i) if (accept) bytes_q <= bytes_i;

  for (genvar p = 0; p < Bytes; p++) begin : gen_byte
    trit_decoder_byte u_byte (
      .byte_i   (bytes_q[8*p+:8]),
      .codes_o  (codes[p]),
      .illegal_o(illegal[p])
    );
  end

  always_comb begin
    for (int n = 0; n < 5; n++) begin
      for (int p = 0; p < Bytes; p++) codes_o[2*(n*Bytes+p)+:2] = codes[p][2*n+:2];
    end
  end

  ///////////////////
  // Illegal bytes //
  ///////////////////

  logic [CountBits-1:0] beat_count, count_q;
  logic [CountBits:0]   count_d;
  logic                 illegal_q;

  always_comb begin
    beat_count = '0;
    for (int p = 0; p < Bytes; p++) beat_count = beat_count + CountBits'(illegal[p]);
  end

  assign count_d = {1'b0, count_q} + {1'b0, beat_count};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      illegal_q <= 1'b0;
      count_q   <= '0;
    end else if (fresh_q) begin
      illegal_q <= illegal_q | (|illegal);
      count_q   <= count_d[CountBits] ? '1 : count_d[CountBits-1:0];
    end
  end

  assign illegal_o       = illegal_q;
  assign illegal_count_o = count_q;

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  stream_assertions #(
    .Width(8 * Bytes)
  ) u_input_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_i),
    .ready_i (ready_o),
    .data_i  (bytes_i)
  );
  stream_assertions #(
    .Width(10 * Bytes)
  ) u_output_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_o),
    .ready_i (ready_i),
    .data_i  (codes_o)
  );
`endif

endmodule
