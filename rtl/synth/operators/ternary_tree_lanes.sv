/// The lanes of ternary_tree: activations selected, negated or dropped.
module ternary_tree_lanes #(
  parameter int unsigned Lanes = 16
) (
  input  logic [8*Lanes-1:0] act_i,
  input  logic [2*Lanes-1:0] weight_i,
  output logic [9*Lanes-1:0] nodes_o
);

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    ternary_lane u_lane (
      .act_i    (act_i[8*l+:8]),
      .weight_i (weight_i[2*l+:2]),
      .product_o(nodes_o[9*l+:9])
    );
  end

endmodule
