/// One lane's sum times a fixed-point scale: |sum| * mantissa / 2^shift, rounded to the nearest
/// integer, ties to even, and clamped to 2^31 - 1. Sign and magnitude, so that rounding is the same
/// on both sides of zero. Two registers, always enabled: the result belongs to the inputs of two
/// clock edges before.
module requantise_scale #(
  parameter  int unsigned MantissaBits = 16,
  parameter  int unsigned ShiftBits    = 6,
  localparam int unsigned ProductBits  = 32 + MantissaBits
) (
  input  logic                    clk_i,
  input  logic signed [31:0]      sum_i,
  input  logic [MantissaBits-1:0] mantissa_i,
  input  logic [ShiftBits-1:0]    shift_i,
  output logic                    minus_o,
  output logic [30:0]             magnitude_o,
  output logic                    clamped_o
);

  if (MantissaBits < 1 || ShiftBits < 1) begin : gen_illegal_scale_bits
    $error("requantise_scale: MantissaBits and ShiftBits must be 1 or more");
  end

  logic [31:0]            absolute;
  logic                   minus_q;
  logic [ShiftBits-1:0]   shift_q;
  logic [ProductBits-1:0] product_q;

  // The magnitude of the most negative sum takes all 32 bits.
  assign absolute = sum_i[31] ? -$unsigned(sum_i) : $unsigned(sum_i);

  always_ff @(posedge clk_i) begin
    minus_q   <= sum_i[31];
    shift_q   <= shift_i;
    product_q <= ProductBits'(absolute) * ProductBits'(mantissa_i);
  end

  logic [ProductBits:0] exact, shifted, rounded;  // one bit below the units: the guard bit
  logic                 up, clamped;

  assign exact   = {product_q, 1'b0};
  assign shifted = exact >> shift_q;
  assign up      = shifted[0] & (shifted[1] | ((shifted << shift_q) != exact));
  assign rounded = {1'b0, shifted[ProductBits:1]} + (ProductBits + 1)'(up);
  assign clamped = |rounded[ProductBits:31];

  always_ff @(posedge clk_i) begin
    minus_o     <= minus_q;
    magnitude_o <= clamped ? '1 : rounded[30:0];
    clamped_o   <= clamped;
  end

endmodule
