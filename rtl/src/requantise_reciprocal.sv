/// 127 over the absolute maximum of a row, in fixed point, by long division, one quotient bit a
/// cycle.
///
/// The maximum (1 or more) is shifted left until bit 30 is set, by left_o; the result is
///
///   reciprocal_o = floor(127 * 2^(31 + FractionBits) / (magnitude_i << left_o))
///
/// so that (x << left_o) * reciprocal_o / 2^(31 + FractionBits) is 127 x / magnitude_i, too small
/// by less than x / 2^(31 - left_o + FractionBits), that is by less than 2^-FractionBits.
///
/// A maximum accepted at the end of cycle c is answered in cycle c + FractionBits + 9; the answer
/// holds until it is taken, and the next maximum is accepted after that. Synchronous reset of
/// control.
module requantise_reciprocal #(
  parameter  int unsigned FractionBits = 16,
  localparam int unsigned Bits         = FractionBits + 8
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            valid_i,
  output logic            ready_o,
  input  logic [30:0]     magnitude_i,

  output logic            valid_o,
  input  logic            ready_i,
  output logic [30:0]     magnitude_o,
  output logic [4:0]      left_o,
  output logic [Bits-1:0] reciprocal_o
);

  if (FractionBits < 8 || FractionBits > 24) begin : gen_illegal_fraction_bits
    $error("requantise_reciprocal: FractionBits must be 8 to 24");
  end

  localparam int unsigned StepBits = $clog2(Bits + 1);
  // The numerator without the Bits zeros that the steps shift in; below 2^30, the smallest divisor.
  localparam logic [30:0] Numerator = 31'd127 << 23;

  function automatic logic [4:0] leading_zeros(input logic [30:0] magnitude);
    leading_zeros = 5'd30;
    for (int i = 0; i < 31; i++) begin
      if (magnitude[i]) leading_zeros = 5'(30 - i);
    end
  endfunction

  logic                busy_q;
  logic [StepBits-1:0] steps_q;  // still to do
  logic [30:0]         magnitude_q, divisor_q, remainder_q;
  logic [4:0]          left, left_q;
  logic [Bits-1:0]     quotient_q;
  logic [31:0]         twice, less;
  logic                fits;

  assign left  = leading_zeros(magnitude_i);
  assign twice = {remainder_q, 1'b0};
  assign fits  = twice >= {1'b0, divisor_q};
  assign less  = twice - {1'b0, divisor_q};

  assign ready_o = ~busy_q;
  assign valid_o = busy_q & steps_q == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) busy_q <= 1'b0;
    else if (!busy_q) busy_q <= valid_i;
    else if (valid_o && ready_i) busy_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (!busy_q) begin
      steps_q     <= StepBits'(Bits);
      magnitude_q <= magnitude_i;
      left_q      <= left;
      divisor_q   <= magnitude_i << left;
      remainder_q <= Numerator;
    end else if (steps_q != '0) begin
      steps_q     <= steps_q - 1'b1;
      remainder_q <= fits ? less[30:0] : twice[30:0];
      quotient_q  <= {quotient_q[Bits-2:0], fits};
    end
  end

  assign magnitude_o  = magnitude_q;
  assign left_o       = left_q;
  assign reciprocal_o = quotient_q;

  logic unused_less;
  assign unused_less = less[31];  // a remainder stays below the divisor

endmodule
