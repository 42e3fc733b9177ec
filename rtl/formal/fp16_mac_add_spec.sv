/// Properties of fp16_mac_add with halfs: both orders give the same sum; a number and its negative give
/// +0, infinity and its negative the NaN; a zero added changes nothing but the sign of a zero and the
/// kind of a NaN.
module fp16_mac_add_spec (
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  output logic        holds_order,
  output logic        holds_negative,
  output logic        holds_zero
);

  localparam logic [15:0] Nan = 16'h7E00;

  logic [15:0] sum, turned, cancelled, same;
  logic        nan, infinity;

  fp16_mac_add #(.Bits(16)) u_sum (.clk_i(1'b0), .en_i(1'b0), .a_i, .b_i, .sum_o(sum));
  fp16_mac_add #(.Bits(16)) u_turned (
    .clk_i(1'b0),
    .en_i (1'b0),
    .a_i  (b_i),
    .b_i  (a_i),
    .sum_o(turned)
  );
  fp16_mac_add #(.Bits(16)) u_cancelled (
    .clk_i(1'b0),
    .en_i (1'b0),
    .a_i,
    .b_i  ({~a_i[15], a_i[14:0]}),
    .sum_o(cancelled)
  );
  fp16_mac_add #(.Bits(16)) u_same (
    .clk_i(1'b0),
    .en_i (1'b0),
    .a_i,
    .b_i  (16'h0000),
    .sum_o(same)
  );

  assign nan      = a_i[14:0] > 15'h7C00;
  assign infinity = a_i[14:0] == 15'h7C00;

  assign holds_order    = sum == turned;
  assign holds_negative = cancelled == (nan || infinity ? Nan : 16'h0000);
  assign holds_zero     = same == (nan ? Nan : a_i[14:0] == '0 ? 16'h0000 : a_i);

endmodule
