/// One lane to int8: magnitude times the row's reciprocal, rounded to nearest, ties to even, with
/// its sign.
///
/// Since no magnitude exceeds the row's maximum, the result lies in [-127, 127] without a clamp; an
/// assertion of requantise watches over it. Three registers, which hold while en_i is low.
module requantise_quantise #(
  parameter  int unsigned FractionBits = 16,
  localparam int unsigned Bits         = FractionBits + 8,
  localparam int unsigned Point        = 31 + FractionBits
) (
  input  logic            clk_i,
  input  logic            en_i,
  input  logic            minus_i,
  input  logic [30:0]     magnitude_i,
  input  logic [4:0]      left_i,
  input  logic [Bits-1:0] reciprocal_i,
  output logic [7:0]      q_o
);

  if (FractionBits < 8 || FractionBits > 24) begin : gen_illegal_fraction_bits
    $error("requantise_quantise: FractionBits must be 8 to 24");
  end

  logic                  minus_q, minus_product_q;
  logic [30:0]           shifted_q;
  logic [Point+7:0]      product_q;
  logic                  up;
  logic [7:0]            rounded;

  assign up      = product_q[Point-1] & ((|product_q[Point-2:0]) | product_q[Point]);
  assign rounded = product_q[Point+7:Point] + 8'(up);

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      minus_q         <= minus_i;
      shifted_q       <= magnitude_i << left_i;
      minus_product_q <= minus_q;
      product_q       <= (Point + 8)'(shifted_q) * (Point + 8)'(reciprocal_i);
      q_o             <= minus_product_q ? -rounded : rounded;
    end
  end

endmodule
