/// What requantise_scale must be, said without its shifts and guard bit: with p = |sum| * mantissa of
/// two clock edges before and d = 2^shift, the magnitude m is the nearest multiple, 2 |d m - p| <= d,
/// and even where that is a tie; where the nearest is beyond 2^31 - 1, m is that and clamped_o is
/// high. holds is 1 once two edges have passed.
///
/// The sums have FreeBits bits that take any value, shifted left by Shift: small sums, where the
/// rounding shows, or large ones, where the clamp does.
module requantise_scale_spec #(
  parameter  int unsigned MantissaBits = 3,
  parameter  int unsigned ShiftBits    = 2,
  parameter  int unsigned FreeBits     = 10,
  parameter  int unsigned Shift        = 0,
  localparam int unsigned Bits         = 40  // for every number below, and twice it
) (
  input  logic                    clk_i,
  input  logic [FreeBits-1:0]     free_i,
  input  logic [MantissaBits-1:0] mantissa_i,
  input  logic [ShiftBits-1:0]    shift_i,
  output logic                    holds
);

  logic signed [31:0] sum;
  assign sum = $signed(32'($signed(free_i))) <<< Shift;

  logic        minus, clamped;
  logic [30:0] magnitude;

  requantise_scale #(
    .MantissaBits(MantissaBits),
    .ShiftBits   (ShiftBits)
  ) u_scale (
    .clk_i,
    .sum_i      (sum),
    .mantissa_i,
    .shift_i,
    .minus_o    (minus),
    .magnitude_o(magnitude),
    .clamped_o  (clamped)
  );

  logic [31:0]             sum_q, sum_qq;
  logic [MantissaBits-1:0] mantissa_q, mantissa_qq;
  logic [ShiftBits-1:0]    shift_q, shift_qq;

  always_ff @(posedge clk_i) begin
    {sum_q, mantissa_q, shift_q}    <= {sum, mantissa_i, shift_i};
    {sum_qq, mantissa_qq, shift_qq} <= {sum_q, mantissa_q, shift_q};
  end

  logic [31:0]     absolute;
  logic [Bits-1:0] exact, scaled, distance, unit;
  logic            nearest, beyond;

  // Product as a sum of shifted terms, one for each bit of the mantissa.
  always_comb begin
    absolute = sum_qq[31] ? ~sum_qq + 32'd1 : sum_qq;
    exact    = '0;
    for (int b = 0; b < MantissaBits; b++) begin
      if (mantissa_qq[b]) exact = exact + (Bits'(absolute) << b);
    end
  end

  assign unit     = Bits'(1) << shift_qq;
  assign scaled   = Bits'(magnitude) << shift_qq;
  assign distance = scaled > exact ? scaled - exact : exact - scaled;
  assign nearest  = 2 * distance < unit || (2 * distance == unit && !magnitude[0]);
  // Nearest to 2^31 or more: p / d >= 2^31 - 1/2, whose tie goes to the even 2^31.
  assign beyond   = 2 * exact + unit >= Bits'(33'h1_0000_0000) << shift_qq;

  assign holds = minus == sum_qq[31] && clamped == beyond &&
                 (beyond ? magnitude == 31'h7FFF_FFFF : nearest);

endmodule
