/// A lane of ternary_dot: the activation times a weight of code 2 (+1), 1 (0) or 0 (-1). Combinational.
module ternary_lane (
  input  logic signed [7:0] act_i,
  input  logic [1:0]        weight_i,
  output logic signed [8:0] product_o
);

  logic minus;

  assign minus     = weight_i == 2'd0;
  assign product_o = ((9'(act_i) ^ {9{minus}}) & {9{~weight_i[0]}}) + 9'(minus);

endmodule
