/// What command_queue must be with two readers: a list that shifts instead of pointers that turn. Its
/// first command is the one that the last reader sees; ahead says how many the first reader has passed.
/// The readers step only where they may: over a command that is there, the last behind the first.
module command_queue_spec #(
  parameter  int unsigned Width = 1,
  parameter  int unsigned Depth = 2,
  localparam int unsigned LevelBits = $clog2(Depth) + 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             push_i,
  input  logic [Width-1:0] data_i,
  input  logic [1:0]       step_i,
  output logic             holds
);

  logic                 full;
  logic [LevelBits-1:0] level;
  logic [1:0]           valid, next;
  logic [2*Width-1:0]   data;

  command_queue #(
    .Width  (Width),
    .Depth  (Depth),
    .Readers(2)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .push_i,
    .data_i,
    .full_o (full),
    .level_o(level),
    .valid_o(valid),
    .data_o (data),
    .next_i (next)
  );

  logic [Depth*Width-1:0] list_q, shifted;  // the oldest lowest
  logic [LevelBits-1:0]   count_q, ahead_q, count;
  logic                   push;

  assign next = {step_i[1] && ahead_q != '0, step_i[0] && ahead_q != count_q};
  assign push = push_i && count_q != LevelBits'(Depth);

  assign shifted = next[1] ? list_q >> Width : list_q;
  assign count   = count_q - LevelBits'(next[1]);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= '0;
      ahead_q <= '0;
    end else begin
      count_q <= count + LevelBits'(push);
      ahead_q <= ahead_q + LevelBits'(next[0]) - LevelBits'(next[1]);
    end
    for (int n = 0; n < Depth; n++) begin
      list_q[n*Width+:Width] <= push && count == LevelBits'(n) ? data_i : shifted[n*Width+:Width];
    end
  end

  logic [Depth*Width-1:0] from_ahead;
  assign from_ahead = list_q >> (Width * ahead_q);

  assign holds = level == count_q && full == (count_q == LevelBits'(Depth)) &&
                 valid == {count_q != '0, ahead_q != count_q} &&
                 (!valid[1] || data[Width+:Width] == list_q[Width-1:0]) &&
                 (!valid[0] || data[Width-1:0] == from_ahead[Width-1:0]);

endmodule
