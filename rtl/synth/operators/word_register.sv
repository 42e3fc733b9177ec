/// A register of Bits that takes a word in every cycle.
module word_register #(
  parameter int unsigned Bits = 64
) (
  input  logic            clk_i,
  input  logic [Bits-1:0] word_i,
  output logic [Bits-1:0] word_o
);

  always_ff @(posedge clk_i) word_o <= word_i;

endmodule
