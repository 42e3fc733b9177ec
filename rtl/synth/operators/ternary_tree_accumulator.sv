/// The accumulator of ternary_tree: first_i, delayed by Stages, begins a new sum.
module ternary_tree_accumulator #(
  parameter int unsigned SumBits         = 13,
  parameter int unsigned AccumulatorBits = 32,
  parameter int unsigned Stages          = 2
) (
  input  logic                       clk_i,
  input  logic                       first_i,
  input  logic [SumBits-1:0]         sum_i,
  output logic [AccumulatorBits-1:0] acc_o
);

  logic [Stages-1:0]          first_q;
  logic [AccumulatorBits-1:0] base;

  always_ff @(posedge clk_i) first_q <= Stages'({first_q, first_i});

  assign base = first_q[Stages-1] ? '0 : acc_o;

  always_ff @(posedge clk_i) acc_o <= base + AccumulatorBits'($signed(sum_i));

endmodule
