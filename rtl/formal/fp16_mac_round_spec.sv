/// What fp16_mac_round must be, in a format small enough to say it in whole numbers: of all numbers of
/// the format the result is the nearest to the value, and the one with the even significand where two
/// are as near. Beyond the largest number by half a step or more: infinity.
module fp16_mac_round_spec #(
  parameter  int unsigned Underflow = 1,
  localparam int unsigned ExpBits   = 3,
  localparam int unsigned ManBits   = 2,
  localparam int unsigned SigBits   = 6,
  localparam int unsigned Bits      = 40
) (
  input  logic                    sign_i,
  input  logic signed [4:0]       exp_i,  // -16 .. 15
  input  logic [SigBits-1:0]      sig_i,
  output logic                    holds
);

  logic [ExpBits+ManBits:0]   value;
  logic [ExpBits+ManBits-1:0] magnitude;
  logic signed [9:0]          exponent;

  // Without Underflow the exponent is 1 or more.
  assign exponent = Underflow == 0 && exp_i < 5'sd1 ? 10'sd1 : 10'(exp_i);

  fp16_mac_round #(
    .ExpBits  (ExpBits),
    .ManBits  (ManBits),
    .SigBits  (SigBits),
    .Underflow(Underflow)
  ) u_round (
    .sign_i,
    .exp_i  (exponent),
    .sig_i,
    .value_o(value)
  );

  assign magnitude = value[ExpBits+ManBits-1:0];

  // Everything in units of 2^-20 of the smallest subnormal, which is 2^(1 - bias - ManBits): the value is
  // sig_i * 2^(exponent - bias - (SigBits - 1)), that is sig_i * 2^(exponent + ManBits - SigBits) units of it.
  // A number with its exponent field e and fraction m is m, or (2^ManBits + m) * 2^(e - 1); infinity stands where
  // the next number would.
  function automatic logic [Bits-1:0] number(input logic [ExpBits+ManBits-1:0] code);
    number = code[ExpBits+ManBits-1:ManBits] == '0 ? Bits'(code) << 20 :
             Bits'({1'b1, code[ManBits-1:0]}) << (20 + 32'(code[ExpBits+ManBits-1:ManBits]) - 1);
  endfunction

  localparam logic [ExpBits+ManBits-1:0] Infinity = {{ExpBits{1'b1}}, {ManBits{1'b0}}};

  logic [Bits-1:0] exact, here, above, below;
  logic            not_too_low, not_too_high;

  assign exact = Bits'(sig_i) << 6'(10'sd20 + exponent + 10'(ManBits) - 10'(SigBits));
  assign here  = number(magnitude);
  assign above = number(magnitude + 1'b1);
  assign below = number(magnitude - 1'b1);

  // Twice the value against the sum of two neighbours: on which side of their middle it lies.
  assign not_too_low  = magnitude == Infinity || 2 * exact < here + above ||
                        (2 * exact == here + above && !magnitude[0]);
  assign not_too_high = magnitude == '0 || 2 * exact > here + below ||
                        (2 * exact == here + below && !magnitude[0]);

  assign holds = sig_i == '0 || (value[ExpBits+ManBits] == sign_i && magnitude <= Infinity &&
                                 not_too_low && not_too_high);

endmodule
