/// Whole product of two signed integers of Bits. Combinational.
module int_multiply #(
  parameter int unsigned Bits = 8
) (
  input  logic signed [Bits-1:0]   a_i,
  input  logic signed [Bits-1:0]   b_i,
  output logic signed [2*Bits-1:0] product_o
);

  assign product_o = (2 * Bits)'(a_i) * (2 * Bits)'(b_i);

endmodule
