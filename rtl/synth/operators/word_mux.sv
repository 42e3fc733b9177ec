/// A 2:1 multiplexer of a word of Bits. Combinational.
module word_mux #(
  parameter int unsigned Bits = 8
) (
  input  logic [Bits-1:0] a_i,
  input  logic [Bits-1:0] b_i,
  input  logic            select_i,
  output logic [Bits-1:0] word_o
);

  assign word_o = select_i ? b_i : a_i;

endmodule
