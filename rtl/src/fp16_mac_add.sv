/// Sum of two floats of Bits 16 (IEEE half) or 32 (single), rounded to nearest, ties to even.
///
/// Subnormals, infinities and signed zeros as in IEEE 754 (x - x is +0); every NaN comes out as the
/// positive quiet one. Stages 1: combinational. Stages 2: a register between alignment with
/// addition and normalisation with rounding; it holds while en_i is low. Only data: no reset.
module fp16_mac_add #(
  parameter int unsigned Bits   = 32,  // 16 or 32
  parameter int unsigned Stages = 1    // 1 or 2
) (
  input  logic            clk_i,
  input  logic            en_i,
  input  logic [Bits-1:0] a_i,
  input  logic [Bits-1:0] b_i,
  output logic [Bits-1:0] sum_o
);

  if (Bits != 16 && Bits != 32) begin : gen_illegal_bits
    $error("fp16_mac_add: Bits must be 16 or 32");
  end
  if (Stages < 1 || Stages > 2) begin : gen_illegal_stages
    $error("fp16_mac_add: Stages must be 1 or 2");
  end

  localparam int unsigned ExpBits = Bits == 16 ? 5 : 8;
  localparam int unsigned ManBits = Bits == 16 ? 10 : 23;
  // Guard, round and sticky bit below the significand.
  localparam int unsigned SigBits = ManBits + 1 + 3;

  ///////////////////
  // Align and add //
  ///////////////////

  logic [Bits-1:0]    larger, smaller;  // by magnitude
  logic [ExpBits-1:0] larger_exp, smaller_exp, distance;
  logic [SigBits-1:0] larger_sig, smaller_sig, kept, aligned;
  logic               subtract;
  logic [SigBits:0]   sig_d;
  logic               sign_d, nan_d, inf_d;

  always_comb begin
    if (a_i[Bits-2:0] >= b_i[Bits-2:0]) begin
      larger  = a_i;
      smaller = b_i;
    end else begin
      larger  = b_i;
      smaller = a_i;
    end
  end

  // A subnormal has the exponent of the smallest normal numbers and no leading one.
  assign larger_exp  = larger[Bits-2:ManBits] | ExpBits'(larger[Bits-2:ManBits] == '0);
  assign smaller_exp = smaller[Bits-2:ManBits] | ExpBits'(smaller[Bits-2:ManBits] == '0);
  assign larger_sig  = {|larger[Bits-2:ManBits], larger[ManBits-1:0], 3'b0};
  assign smaller_sig = {|smaller[Bits-2:ManBits], smaller[ManBits-1:0], 3'b0};

  assign distance = larger_exp - smaller_exp;
  assign kept     = smaller_sig >> distance;
  assign aligned  = kept | SigBits'((kept << distance) != smaller_sig);

  assign subtract = larger[Bits-1] ^ smaller[Bits-1];
  assign sig_d    = subtract ? {1'b0, larger_sig} - {1'b0, aligned} :
                               {1'b0, larger_sig} + {1'b0, aligned};
  assign sign_d   = larger[Bits-1];
  assign inf_d    = &larger[Bits-2:ManBits];
  // A NaN is larger in magnitude than anything else; otherwise only infinity - infinity is one.
  assign nan_d    = inf_d & ((|larger[ManBits-1:0]) | (subtract & (&smaller[Bits-2:ManBits])));

  logic               sign, nan, inf, subtracted;
  logic [ExpBits-1:0] exponent;
  logic [SigBits:0]   sig;

  if (Stages == 2) begin : gen_register
    logic               sign_q, nan_q, inf_q, subtract_q;
    logic [ExpBits-1:0] exp_q;
    logic [SigBits:0]   sig_q;
    always_ff @(posedge clk_i) begin
      if (en_i) begin
        {sign_q, nan_q, inf_q, subtract_q} <= {sign_d, nan_d, inf_d, subtract};
        {exp_q, sig_q}                     <= {larger_exp, sig_d};
      end
    end
    assign {sign, nan, inf, subtracted} = {sign_q, nan_q, inf_q, subtract_q};
    assign {exponent, sig}              = {exp_q, sig_q};
  end else begin : gen_through
    assign {sign, nan, inf, subtracted} = {sign_d, nan_d, inf_d, subtract};
    assign {exponent, sig}              = {larger_exp, sig_d};
    logic unused_clock;
    assign unused_clock = clk_i & en_i;
  end

  ///////////
  // Round //
  ///////////

  logic [Bits-1:0] rounded;

  fp16_mac_round #(
    .ExpBits(ExpBits),
    .ManBits(ManBits),
    .SigBits(SigBits + 1)
  ) u_round (
    .sign_i (sign),
    .exp_i  ($signed(10'(exponent)) + 10'sd1),
    .sig_i  (sig),
    .value_o(rounded)
  );

  always_comb begin
    if (nan) sum_o = {1'b0, {ExpBits{1'b1}}, 1'b1, {(ManBits - 1) {1'b0}}};
    else if (inf) sum_o = {sign, {ExpBits{1'b1}}, {ManBits{1'b0}}};
    else if (sig == '0) sum_o = {sign & ~subtracted, {(Bits - 1) {1'b0}}};
    else sum_o = rounded;
  end

endmodule
