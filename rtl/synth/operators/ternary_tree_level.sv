/// A level of ternary_tree: sums of neighbours, each a bit wider, with a register behind them or none.
module ternary_tree_level #(
  parameter  int unsigned Nodes      = 8,   // sums
  parameter  int unsigned Width      = 10,  // bits of a sum
  parameter  bit          Registered = 1'b1,
  localparam int unsigned From       = Width - 1
) (
  input  logic                    clk_i,
  input  logic [2*Nodes*From-1:0] nodes_i,
  output logic [Nodes*Width-1:0]  sums_o
);

  logic [Nodes*Width-1:0] sums;

  for (genvar n = 0; n < Nodes; n++) begin : gen_sum
    logic signed [From-1:0] left, right;
    assign left  = nodes_i[2*n*From+:From];
    assign right = nodes_i[(2*n+1)*From+:From];
    assign sums[n*Width+:Width] = Width'(left) + Width'(right);
  end

  if (Registered) begin : gen_registers
    always_ff @(posedge clk_i) sums_o <= sums;
  end else begin : gen_through
    assign sums_o = sums;
    logic unused_clock;
    assign unused_clock = clk_i;
  end

endmodule
