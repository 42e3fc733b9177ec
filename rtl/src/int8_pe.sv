/// INT8 baseline of ternary_pe: one int8 weight times one int8 activation, added to one accumulator
/// a cycle; a cell of an output-stationary systolic array.
///
/// Registers, timing and first_i are those of ternary_pe, so that the two can be compared: sum_o has
/// a beat two enabled clock edges after it came, multiplier and adder in one cycle. The sum wraps at
/// AccumulatorBits.
///
/// Registers hold while en_i is low. Only data: no reset; a sum must begin with first_i.
module int8_pe #(
  parameter int unsigned AccumulatorBits = 32  // 16 or more
) (
  input  logic                              clk_i,
  input  logic                              en_i,
  input  logic signed [7:0]                 act_i,
  input  logic signed [7:0]                 weight_i,
  input  logic                              first_i,
  output logic signed [7:0]                 act_o,
  output logic signed [7:0]                 weight_o,
  output logic                              first_o,
  output logic signed [AccumulatorBits-1:0] sum_o
);

  if (AccumulatorBits < 16) begin : gen_illegal_accumulator_bits
    $error("int8_pe: AccumulatorBits must hold one product, 16 bits");
  end

  /////////////////////////
  // Registers passed on //
  /////////////////////////

  logic signed [7:0] act_q;
  logic signed [7:0] weight_q;
  logic              first_q;

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      act_q    <= act_i;
      weight_q <= weight_i;
      first_q  <= first_i;
    end
  end

  assign act_o    = act_q;
  assign weight_o = weight_q;
  assign first_o  = first_q;

  /////////////////
  // Accumulator //
  /////////////////

  logic signed [15:0]                product;
  logic signed [AccumulatorBits-1:0] base, sum_q;

  assign product = 16'(act_q) * 16'(weight_q);
  assign base    = first_q ? '0 : sum_q;

  always_ff @(posedge clk_i) begin
    if (en_i) sum_q <= base + AccumulatorBits'(product);
  end

  assign sum_o = sum_q;

endmodule
