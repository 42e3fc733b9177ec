/// ternary_dot with a module for each level and an accumulator behind the tree, for the energy of each level on its own.
///
/// sum_o belongs to the inputs of ceil(Levels / LevelsPerStage) clock edges before; acc_o, AccumulatorBits wide, is the
/// sum of the dot products since first_i was last high, an edge later. first_i comes with the inputs that begin a sum.
module ternary_tree #(
  parameter  int unsigned Lanes           = 16,  // a power of two, 2 or more
  parameter  int unsigned LevelsPerStage  = 2,
  parameter  int unsigned AccumulatorBits = 32,
  localparam int unsigned Levels          = $clog2(Lanes),
  localparam int unsigned SumBits         = 9 + Levels,
  localparam int unsigned Stages          = (Levels + LevelsPerStage - 1) / LevelsPerStage
) (
  input  logic                       clk_i,
  input  logic [8*Lanes-1:0]         act_i,
  input  logic [2*Lanes-1:0]         weight_i,
  input  logic                       first_i,
  output logic [SumBits-1:0]         sum_o,
  output logic [AccumulatorBits-1:0] acc_o
);

  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    logic [(Lanes>>l)*(9+l)-1:0] nodes;
    if (l == 0) begin : gen_lanes
      ternary_tree_lanes #(
        .Lanes(Lanes)
      ) u_lanes (
        .act_i,
        .weight_i,
        .nodes_o(nodes)
      );
    end else begin : gen_sums
      ternary_tree_level #(
        .Nodes     (Lanes >> l),
        .Width     (9 + l),
        .Registered(l % LevelsPerStage == 0 || l == Levels)
      ) u_level (
        .clk_i,
        .nodes_i(gen_level[l-1].nodes),
        .sums_o (nodes)
      );
    end
  end

  assign sum_o = gen_level[Levels].nodes;

  ternary_tree_accumulator #(
    .SumBits        (SumBits),
    .AccumulatorBits(AccumulatorBits),
    .Stages         (Stages)
  ) u_accumulator (
    .clk_i,
    .first_i,
    .sum_i(sum_o),
    .acc_o
  );

endmodule
