/// Double buffer whose blocks are read several times: two banks, one written while the other is
/// read.
///
/// The writer fills a bank with a block of length_i words, then takes the other bank if that one is
/// free. The reader addresses any word of the oldest block that has arrived (avail_o), as often as
/// it likes, and gives the bank back with release_i. A word can be read in the cycle after it was
/// accepted, before its block is complete; read data appear one cycle later, as from an SRAM.
///
/// length_i must hold while a block is being written, and lie in 1 .. Depth. Both are the engine's
/// duty: it admits no command that breaks them.
///
/// Synchronous reset, active low, empties both banks. The memory is not reset: avail_o guards it.
module replay_buffer #(
  parameter  int unsigned Width      = 8,
  parameter  int unsigned Depth      = 16,  // words of one bank: a power of two, 2 or more
  localparam int unsigned AddrBits   = $clog2(Depth),
  localparam int unsigned LengthBits = AddrBits + 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // Writer: a word is taken at a rising edge where valid_i and ready_o are high.
  input  logic                  enable_i,  // there is a block to write; low: no word is taken
  input  logic [LengthBits-1:0] length_i,
  input  logic                  valid_i,
  output logic                  ready_o,
  input  logic [Width-1:0]      data_i,
  output logic                  done_o,    // the word taken in this cycle completes its block

  // Reader.
  input  logic [AddrBits-1:0]   addr_i,
  output logic                  avail_o,   // word addr_i of the oldest block is there
  input  logic                  read_i,    // data_o becomes that word; otherwise it holds
  input  logic                  release_i, // the oldest block is not needed after this cycle's read
  output logic [Width-1:0]      data_o
);

  if (Depth < 2 || Depth != (1 << AddrBits)) begin : gen_illegal_depth
    $error("replay_buffer: Depth must be a power of two, 2 or more");
  end

  logic [Width-1:0]    mem_q[2*Depth];
  logic [Width-1:0]    data_q;
  logic [1:0]          full_q;     // complete and not released
  logic                wr_bank_q, rd_bank_q;
  logic [AddrBits-1:0] wr_addr_q;  // words of the block being written, all below
  logic                take, last;

  assign ready_o = enable_i & ~full_q[wr_bank_q];
  assign take    = valid_i & ready_o;
  assign last    = LengthBits'(wr_addr_q) + 1'b1 == length_i;
  assign done_o  = take & last;
  assign avail_o = full_q[rd_bank_q] | (rd_bank_q == wr_bank_q && addr_i < wr_addr_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      full_q    <= '0;
      wr_bank_q <= 1'b0;
      rd_bank_q <= 1'b0;
      wr_addr_q <= '0;
    end else begin
      // A bank that completes is not full yet, one that is released is: never the same.
      if (take) wr_addr_q <= last ? '0 : wr_addr_q + 1'b1;
      if (done_o) begin
        full_q[wr_bank_q] <= 1'b1;
        wr_bank_q         <= ~wr_bank_q;
      end
      if (release_i) begin
        full_q[rd_bank_q] <= 1'b0;
        rd_bank_q         <= ~rd_bank_q;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) mem_q[{wr_bank_q, wr_addr_q}] <= data_i;
    if (read_i) data_q <= mem_q[{rd_bank_q, addr_i}];
  end

  assign data_o = data_q;

`ifndef SYNTHESIS
  // Where no block wants it a sender may withdraw a word, as it must after a soft reset of the engine.
  stream_assertions #(
    .Width(Width)
  ) u_input_held (
    .clk_i,
    .rst_ni,
    .enable_i(enable_i),
    .valid_i (valid_i),
    .ready_i (ready_o),
    .data_i  (data_i)
  );

  always_ff @(posedge clk_i) begin
    if (rst_ni && take) begin
      a_bank_is_free :
      assert (!full_q[wr_bank_q])
      else $error("replay_buffer: a bank is written that has not been released");
    end
    if (rst_ni && enable_i) begin
      a_length_fits :
      assert (length_i != '0 && length_i <= LengthBits'(Depth))
      else $error("replay_buffer: length_i must lie in 1 .. Depth");
    end
    if (rst_ni && read_i) begin
      a_read_what_is_there :
      assert (avail_o)
      else $error("replay_buffer: read of a word that has not arrived");
    end
    if (rst_ni && release_i) begin
      a_release_whole_blocks :
      assert (full_q[rd_bank_q])
      else $error("replay_buffer: release of a block that is not complete");
    end
  end
`endif

endmodule
