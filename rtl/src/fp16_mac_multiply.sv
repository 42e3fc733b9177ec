/// Product of two IEEE half floats, rounded to half (OutBits 16: nearest, ties to even) or exact in
/// single (OutBits 32: 22 significant bits and no exponent below single's fit).
///
/// Subnormals, infinities and signed zeros as in IEEE 754; every NaN comes out as the positive
/// quiet one. Stages 1: combinational up to the output register. Stages 2: another register behind
/// the multiplier array. Registers hold while en_i is low. Only data: no reset.
module fp16_mac_multiply #(
  parameter int unsigned OutBits = 32,  // 16 or 32
  parameter int unsigned Stages  = 1    // 1 or 2
) (
  input  logic               clk_i,
  input  logic               en_i,
  input  logic [15:0]        a_i,
  input  logic [15:0]        b_i,
  output logic [OutBits-1:0] product_o
);

  if (OutBits != 16 && OutBits != 32) begin : gen_illegal_out_bits
    $error("fp16_mac_multiply: OutBits must be 16 or 32");
  end
  if (Stages < 1 || Stages > 2) begin : gen_illegal_stages
    $error("fp16_mac_multiply: Stages must be 1 or 2");
  end

  localparam int unsigned ExpBits = OutBits == 16 ? 5 : 8;
  localparam int unsigned ManBits = OutBits == 16 ? 10 : 23;
  localparam int unsigned SigBits = OutBits == 16 ? 22 : 26;
  // From the operands' exponents, biased by 15 each, to the biased one of the product's bit 21.
  localparam logic signed [9:0] Offset = OutBits == 16 ? -10'sd14 : 10'sd98;

  //////////////
  // Multiply //
  //////////////

  logic        a_max, b_max, a_zero, b_zero;
  logic        nan_d, inf_d, sign_d;
  logic [4:0]  a_exp, b_exp;
  logic [5:0]  exp_d;
  logic [21:0] sig_d;

  assign a_max  = &a_i[14:10];
  assign b_max  = &b_i[14:10];
  assign a_zero = a_i[14:0] == '0;
  assign b_zero = b_i[14:0] == '0;

  assign nan_d  = (a_max & ((|a_i[9:0]) | b_zero)) | (b_max & ((|b_i[9:0]) | a_zero));
  assign inf_d  = a_max | b_max;
  assign sign_d = a_i[15] ^ b_i[15];
  // A subnormal has the exponent of the smallest normal numbers.
  assign a_exp  = a_i[14:10] | 5'(a_i[14:10] == '0);
  assign b_exp  = b_i[14:10] | 5'(b_i[14:10] == '0);
  assign exp_d  = 6'(a_exp) + 6'(b_exp);
  assign sig_d  = 22'({|a_i[14:10], a_i[9:0]}) * 22'({|b_i[14:10], b_i[9:0]});

  logic        nan, inf, sign;
  logic [5:0]  exponent;
  logic [21:0] sig;

  if (Stages == 2) begin : gen_register
    logic        nan_q, inf_q, sign_q;
    logic [5:0]  exp_q;
    logic [21:0] sig_q;
    always_ff @(posedge clk_i) begin
      if (en_i) {nan_q, inf_q, sign_q, exp_q, sig_q} <= {nan_d, inf_d, sign_d, exp_d, sig_d};
    end
    assign {nan, inf, sign, exponent, sig} = {nan_q, inf_q, sign_q, exp_q, sig_q};
  end else begin : gen_through
    assign {nan, inf, sign, exponent, sig} = {nan_d, inf_d, sign_d, exp_d, sig_d};
  end

  ///////////
  // Round //
  ///////////

  logic [OutBits-1:0] rounded, product_q;

  fp16_mac_round #(
    .ExpBits  (ExpBits),
    .ManBits  (ManBits),
    .SigBits  (SigBits),
    .Underflow(OutBits == 16 ? 1 : 0)
  ) u_round (
    .sign_i (sign),
    .exp_i  ($signed({4'b0, exponent}) + Offset),
    .sig_i  ({sig, {(SigBits - 22) {1'b0}}}),
    .value_o(rounded)
  );

  // Zero has no leading one to normalise to and would keep an exponent.
  always_ff @(posedge clk_i) begin
    if (en_i) begin
      if (nan) product_q <= {1'b0, {ExpBits{1'b1}}, 1'b1, {(ManBits - 1) {1'b0}}};
      else if (inf) product_q <= {sign, {ExpBits{1'b1}}, {ManBits{1'b0}}};
      else if (sig == '0) product_q <= {sign, {(OutBits - 1) {1'b0}}};
      else product_q <= rounded;
    end
  end

  assign product_o = product_q;

endmodule
