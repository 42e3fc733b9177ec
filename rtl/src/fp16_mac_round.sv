/// Last step of a floating-point operation: normalise, round to nearest (ties to even), pack. An
/// IEEE binary format of ExpBits and ManBits. Combinational.
///
/// The value is sig_i read as a number with one bit in front of the point, times 2^(exp_i - bias).
/// Leading zeros are shifted out as far as the exponent allows; what stays below is a subnormal.
/// Bit 0 of sig_i may stand for any bits below it (sticky). Beyond the largest number: infinity.
module fp16_mac_round #(
  parameter  int unsigned ExpBits   = 5,
  parameter  int unsigned ManBits   = 10,
  parameter  int unsigned SigBits   = ManBits + 5,  // ManBits + 3 or more
  parameter  int unsigned Underflow = 0,            // 1: exp_i may lie below 1
  localparam int unsigned Bits      = 1 + ExpBits + ManBits
) (
  input  logic               sign_i,
  input  logic signed [9:0]  exp_i,   // biased exponent of bit SigBits - 1
  input  logic [SigBits-1:0] sig_i,
  output logic [Bits-1:0]    value_o
);

  if (SigBits < ManBits + 3) begin : gen_illegal_sig_bits
    $error("fp16_mac_round: SigBits must be ManBits + 3 or more");
  end
  if (ExpBits < 2 || ExpBits > 8) begin : gen_illegal_exp_bits
    $error("fp16_mac_round: ExpBits must be 2 to 8");
  end

  function automatic logic [9:0] leading_zeros(input logic [SigBits-1:0] sig);
    leading_zeros = 10'(SigBits);
    for (int i = 0; i < SigBits; i++) begin
      if (sig[i]) leading_zeros = 10'(SigBits - 1 - i);
    end
  endfunction

  localparam logic [ExpBits+ManBits-1:0] Infinity = {{ExpBits{1'b1}}, {ManBits{1'b0}}};

  logic [9:0]               zeros, room, left;
  logic [SigBits-1:0]       shifted;
  logic                     below;    // ones shifted out on the right
  logic [9:0]               exp_less_one;
  logic                     guard, sticky, up;
  logic [10+ManBits-1:0]    packed_wide;

  assign zeros = leading_zeros(sig_i);
  assign room  = exp_i >= 10'sd1 ? $unsigned(exp_i - 10'sd1) : 10'd0;
  assign left  = zeros < room ? zeros : room;

  if (Underflow != 0) begin : gen_right
    logic [9:0]         right;
    logic [SigBits-1:0] kept;
    assign right   = exp_i >= 10'sd1 ? 10'd0 : $unsigned(10'sd1 - exp_i);
    assign kept    = sig_i >> right;
    assign below   = (kept << right) != sig_i;
    assign shifted = kept << left;
  end else begin : gen_left
    assign below   = 1'b0;
    assign shifted = sig_i << left;
  end

  // The leading one, where there is one, adds the missing 1 to the exponent, and a carry of the
  // rounding moves on into it.
  assign exp_less_one = room - left;
  assign guard        = shifted[SigBits-2-ManBits];
  assign sticky       = (|shifted[SigBits-3-ManBits:0]) | below;
  assign up           = guard & (sticky | shifted[SigBits-1-ManBits]);
  assign packed_wide  = {exp_less_one, {ManBits{1'b0}}} +
                        (10 + ManBits)'(shifted[SigBits-1-:ManBits+1]) + (10 + ManBits)'(up);

  assign value_o[Bits-1]   = sign_i;
  assign value_o[Bits-2:0] = packed_wide >= (10 + ManBits)'(Infinity) ? Infinity :
                             packed_wide[Bits-2:0];

endmodule
