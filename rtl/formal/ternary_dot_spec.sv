/// What ternary_dot must be: the sum of weight times activation, by multiplication, of the inputs of
/// Stages clock edges before; illegal_o when a code is 3. A code 3 multiplies by 0. holds is 1 once
/// Stages edges have passed.
module ternary_dot_spec #(
  parameter  int unsigned Lanes          = 4,
  parameter  int unsigned LevelsPerStage = 1,
  localparam int unsigned Levels         = $clog2(Lanes),
  localparam int unsigned Stages         = (Levels + LevelsPerStage - 1) / LevelsPerStage,
  localparam int unsigned SumBits        = 9 + Levels
) (
  input  logic               clk_i,
  input  logic [8*Lanes-1:0] act_i,
  input  logic [2*Lanes-1:0] weight_i,
  output logic               holds
);

  logic signed [SumBits-1:0] sum, total;
  logic                      illegal, wrong;

  ternary_dot #(
    .Lanes         (Lanes),
    .LevelsPerStage(LevelsPerStage)
  ) u_dot (
    .clk_i,
    .en_i     (1'b1),
    .act_i,
    .weight_i,
    .sum_o    (sum),
    .illegal_o(illegal)
  );

  logic signed [SumBits-1:0] act, weight;

  always_comb begin
    total = '0;
    wrong = 1'b0;
    for (int l = 0; l < Lanes; l++) begin
      act    = {{(SumBits - 8) {act_i[8*l+7]}}, act_i[8*l+:8]};
      weight = weight_i[2*l+:2] == 2'd3 ? '0 : SumBits'(weight_i[2*l+:2]) - SumBits'(1);
      total  = total + act * weight;
      wrong  = wrong | (weight_i[2*l+:2] == 2'd3);
    end
  end

  logic [SumBits*(Stages+1)-1:0] totals;  // the newest in the lowest bits

  assign totals[SumBits-1:0] = total;
  always_ff @(posedge clk_i) totals[SumBits*(Stages+1)-1:SumBits] <= totals[SumBits*Stages-1:0];

  assign holds = sum == totals[SumBits*Stages+:SumBits] && illegal == wrong;

endmodule
