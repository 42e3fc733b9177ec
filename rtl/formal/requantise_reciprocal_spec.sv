/// Long division by invariants that every clock edge keeps, for any magnitude but zero.
///
/// While it is busy the divisor is the accepted magnitude shifted left until bit 30 is set, and the
/// remainder is below the divisor: so the bit that the module leaves out of its subtraction is zero.
/// An answer holds until it is taken. The quotient's bits are not in it; tests compare those.
module requantise_reciprocal_spec #(
  parameter  int unsigned FractionBits = 8,
  localparam int unsigned Bits         = FractionBits + 8
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  input  logic        ready_i,
  input  logic [30:0] magnitude_i,
  output logic        holds
);

  logic            ready, valid;
  logic [30:0]     magnitude;
  logic [4:0]      left;
  logic [Bits-1:0] reciprocal;

  requantise_reciprocal #(
    .FractionBits(FractionBits)
  ) u_division (
    .clk_i,
    .rst_ni,
    .valid_i     (valid_i & (|magnitude_i)),
    .ready_o     (ready),
    .magnitude_i,
    .valid_o     (valid),
    .ready_i,
    .magnitude_o (magnitude),
    .left_o      (left),
    .reciprocal_o(reciprocal)
  );

  logic            waits_q;
  logic [Bits-1:0] reciprocal_q;
  always_ff @(posedge clk_i) begin
    waits_q      <= rst_ni & valid & ~ready_i;
    reciprocal_q <= reciprocal;
  end

  // Registers of the module, which the script connects.
  logic [30:0] divisor, remainder;
  logic        divides;

  assign divides = divisor == magnitude << left && divisor[30] && divisor >> left == magnitude &&
                   remainder < divisor;
  assign holds   = (ready || divides) && (!waits_q || (valid && reciprocal == reciprocal_q));

endmodule
