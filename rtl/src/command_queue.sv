/// Queue of commands that several readers walk through in order, each at its own pace.
///
/// Every reader sees the oldest command it has not finished (valid_o, data_o) and steps to the next
/// with next_i. The last reader, Readers - 1, must be behind all others: its step frees the place.
/// A pushed command is seen from the next cycle on.
///
/// Synchronous reset, active low, drops all commands.
module command_queue #(
  parameter  int unsigned Width     = 8,
  parameter  int unsigned Depth     = 4,  // a power of two, 2 or more
  parameter  int unsigned Readers   = 2,
  localparam int unsigned AddrBits  = $clog2(Depth),
  localparam int unsigned LevelBits = AddrBits + 1
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,

  input  logic                     push_i,  // ignored while full_o is high
  input  logic [Width-1:0]         data_i,
  output logic                     full_o,
  output logic [LevelBits-1:0]     level_o,  // commands that the last reader has not finished

  output logic [Readers-1:0]       valid_o,
  output logic [Readers*Width-1:0] data_o,   // of reader r at [r*Width +: Width]
  input  logic [Readers-1:0]       next_i
);

  if (Depth < 2 || Depth != (1 << AddrBits)) begin : gen_illegal_depth
    $error("command_queue: Depth must be a power of two, 2 or more");
  end
  if (Readers < 1) begin : gen_illegal_readers
    $error("command_queue: Readers must be 1 or more");
  end

  logic [Width-1:0]     mem_q[Depth];
  // Positions have one bit more than addresses, so that full and empty differ.
  logic [LevelBits-1:0] tail_q;
  logic                 push;

  assign push = push_i & ~full_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) tail_q <= '0;
    else if (push) tail_q <= tail_q + 1'b1;
  end

  always_ff @(posedge clk_i) if (push) mem_q[tail_q[AddrBits-1:0]] <= data_i;

  for (genvar r = 0; r < Readers; r++) begin : gen_reader
    logic [LevelBits-1:0] head_q;

    always_ff @(posedge clk_i) begin
      if (!rst_ni) head_q <= '0;
      else if (next_i[r]) head_q <= head_q + 1'b1;
    end

    assign valid_o[r]              = head_q != tail_q;
    assign data_o[r*Width+:Width] = mem_q[head_q[AddrBits-1:0]];

`ifndef SYNTHESIS
    always_ff @(posedge clk_i) begin
      if (rst_ni && next_i[r]) begin
        a_step_over_a_command :
        assert (valid_o[r])
        else $error("command_queue: a reader stepped over a command that is not there");
      end
      if (rst_ni) begin
        a_last_reader_is_last :
        assert (LevelBits'(tail_q - head_q) <= level_o)
        else $error("command_queue: the last reader overtook another");
      end
    end
`endif
  end

  assign level_o = tail_q - gen_reader[Readers-1].head_q;
  assign full_o  = level_o == LevelBits'(Depth);

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_level_fits :
      assert (level_o <= LevelBits'(Depth))
      else $error("command_queue: more commands than there are places");
    end
  end
`endif

endmodule
