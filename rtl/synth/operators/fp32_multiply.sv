/// Product of two IEEE single floats, rounded to nearest, ties to even. Combinational.
///
/// Subnormals, infinities and signed zeros as in IEEE 754; every NaN comes out as the positive quiet one.
module fp32_multiply (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] product_o
);

  logic        a_max, b_max, a_zero, b_zero, nan, sign;
  logic [7:0]  a_exp, b_exp;
  logic [47:0] sig;
  logic [31:0] rounded;

  assign a_max  = &a_i[30:23];
  assign b_max  = &b_i[30:23];
  assign a_zero = a_i[30:0] == '0;
  assign b_zero = b_i[30:0] == '0;
  assign nan    = (a_max & ((|a_i[22:0]) | b_zero)) | (b_max & ((|b_i[22:0]) | a_zero));
  assign sign   = a_i[31] ^ b_i[31];
  // A subnormal has the exponent of the smallest normal numbers.
  assign a_exp  = a_i[30:23] | 8'(a_i[30:23] == '0);
  assign b_exp  = b_i[30:23] | 8'(b_i[30:23] == '0);
  assign sig    = 48'({|a_i[30:23], a_i[22:0]}) * 48'({|b_i[30:23], b_i[22:0]});

  // From the operands' exponents, biased by 127 each, to the biased one of the product's bit 47.
  fp16_mac_round #(
    .ExpBits  (8),
    .ManBits  (23),
    .SigBits  (48),
    .Underflow(1)
  ) u_round (
    .sign_i (sign),
    .exp_i  ($signed({2'b0, a_exp}) + $signed({2'b0, b_exp}) - 10'sd126),
    .sig_i  (sig),
    .value_o(rounded)
  );

  always_comb begin
    if (nan) product_o = 32'h7fc00000;
    else if (a_max | b_max) product_o = {sign, 8'hff, 23'b0};
    else if (sig == '0) product_o = {sign, 31'b0};
    else product_o = rounded;
  end

endmodule
