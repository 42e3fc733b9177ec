/// Serial processing element: one ternary weight times one int8 activation, added to one accumulator
/// a cycle; a cell of an output-stationary systolic array.
///
/// Activation, weight and first_i are registered and passed on to the neighbours in the next cycle
/// (act_o, weight_o, first_o); what is registered is accumulated at the edge after that, so that
/// sum_o has a beat two enabled clock edges after it came. first_i begins a sum, which wraps at
/// AccumulatorBits.
///
/// Weight codes are those of ternary_dot: 2 adds the activation, 0 subtracts it, 1 adds nothing.
/// Code 3 is illegal: it adds nothing and raises illegal_o, which is combinational from weight_o.
///
/// Registers hold while en_i is low. Only data: no reset; a sum must begin with first_i.
module ternary_pe #(
  parameter int unsigned AccumulatorBits = 32  // 9 or more
) (
  input  logic                              clk_i,
  input  logic                              en_i,
  input  logic signed [7:0]                 act_i,
  input  logic [1:0]                        weight_i,  // code, weight + 1
  input  logic                              first_i,
  output logic signed [7:0]                 act_o,
  output logic [1:0]                        weight_o,
  output logic                              first_o,
  output logic signed [AccumulatorBits-1:0] sum_o,
  output logic                              illegal_o
);

  if (AccumulatorBits < 9) begin : gen_illegal_accumulator_bits
    $error("ternary_pe: AccumulatorBits must hold one product, 9 bits");
  end

  /////////////////////////
  // Registers passed on //
  /////////////////////////

  logic signed [7:0] act_q;
  logic [1:0]        weight_q;
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

  // A subtraction adds the inverse, and its missing one as the adder's carry in: no second adder.
  logic                              minus, keep;
  logic signed [8:0]                 operand;
  logic signed [AccumulatorBits-1:0] base, sum_q;

  assign minus   = weight_q == 2'd0;
  assign keep    = ~weight_q[0];
  assign operand = (9'(act_q) ^ {9{minus}}) & {9{keep}};
  assign base    = first_q ? '0 : sum_q;

  always_ff @(posedge clk_i) begin
    if (en_i) sum_q <= base + AccumulatorBits'(operand) + AccumulatorBits'(minus);
  end

  assign sum_o     = sum_q;
  assign illegal_o = &weight_q;

endmodule
