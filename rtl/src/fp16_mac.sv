/// FP16 baseline: Rows multiply-accumulators of IEEE half floats that share an activation.
///
/// A beat is that of ternary_matrix_unit with one lane: an activation, with weight_load_i new
/// weights, a slot, first_i to start its sum from +0, last_i to output it. The accumulators are
/// half or single (AccumulatorBits 16 or 32):
///
///   16   acc = half(acc + half(weight * act))
///   32   acc = single(acc + weight * act), the product being exact in single
///
/// each rounding to nearest, ties to even; subnormals, infinities, signed zeros as in IEEE 754, and
/// one NaN, the positive quiet one with a zero payload.
///
/// Latency: a beat accepted at the end of cycle c is output in cycle c + 1 + MultiplyStages +
/// AddStages. With AddStages 2 a beat that continues the slot of the beat accepted in the cycle
/// before waits a cycle (ready_o low), since that sum is not written yet: ready_o depends on slot_i
/// and first_i. An output that is not taken freezes the whole pipeline.
///
/// Synchronous reset, active low, of control only: the first beat must load weights, and each slot
/// must begin with first_i.
module fp16_mac #(
  parameter  int unsigned Rows            = 1,
  parameter  int unsigned Slots           = 1,
  parameter  int unsigned AccumulatorBits = 32,  // 16 or 32
  parameter  int unsigned MultiplyStages  = 1,   // 1 or 2
  parameter  int unsigned AddStages       = 1,   // 1 or 2
  localparam int unsigned SlotBits        = Slots > 1 ? $clog2(Slots) : 1
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,

  input  logic                            valid_i,
  output logic                            ready_o,
  input  logic [15:0]                     act_i,
  input  logic [16*Rows-1:0]              weight_i,       // row r at [16*r +: 16]
  input  logic                            weight_load_i,
  input  logic [SlotBits-1:0]             slot_i,
  input  logic                            first_i,
  input  logic                            last_i,

  output logic                            valid_o,
  input  logic                            ready_i,
  output logic [SlotBits-1:0]             slot_o,
  output logic [Rows*AccumulatorBits-1:0] sums_o          // row r at [r*AccumulatorBits +:]
);

  // Registers between the input register and the accumulators. (An illegal 0 must get as far as its
  // message.)
  localparam int unsigned Stages = MultiplyStages + (AddStages > 1 ? AddStages - 1 : 0);

  ////////////////
  // Parameters //
  ////////////////

  if (Rows < 1) begin : gen_illegal_rows
    $error("fp16_mac: Rows must be 1 or more");
  end
  if (Slots < 1) begin : gen_illegal_slots
    $error("fp16_mac: Slots must be 1 or more");
  end
  if (AccumulatorBits != 16 && AccumulatorBits != 32) begin : gen_illegal_accumulator_bits
    $error("fp16_mac: AccumulatorBits must be 16 or 32");
  end
  if (MultiplyStages < 1 || MultiplyStages > 2) begin : gen_illegal_multiply_stages
    $error("fp16_mac: MultiplyStages must be 1 or 2");
  end
  if (AddStages < 1 || AddStages > 2) begin : gen_illegal_add_stages
    $error("fp16_mac: AddStages must be 1 or 2");
  end

  ///////////////
  // Handshake //
  ///////////////

  logic [Stages:0]     valid_q, first_q, last_q;
  logic [SlotBits-1:0] slot_q[Stages+1];
  logic                out_valid_q;
  logic [SlotBits-1:0] out_slot_q;

  logic advance;    // every register of the pipeline moves on
  logic unwritten;  // the slot's sum is still in the adder when this beat would read it
  logic accept;

  if (AddStages > 1) begin : gen_interlock
    assign unwritten = valid_q[0] & ~first_i & (slot_q[0] == slot_i);
  end else begin : gen_free
    assign unwritten = 1'b0;
  end

  assign advance = ready_i | ~out_valid_q;
  assign ready_o = advance & ~unwritten;
  assign accept  = valid_i & ready_o;

  /////////////////////////////
  // Input register, control //
  /////////////////////////////

  logic [15:0]        act_q;
  logic [16*Rows-1:0] weight_q;  // the weight register

  always_ff @(posedge clk_i) begin
    if (accept) act_q <= act_i;
    if (accept && weight_load_i) weight_q <= weight_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else if (advance) valid_q <= {valid_q[Stages-1:0], accept};
  end

  always_ff @(posedge clk_i) begin
    if (advance) begin
      first_q <= {first_q[Stages-1:0], first_i};
      last_q  <= {last_q[Stages-1:0], last_i};
    end
  end

  for (genvar s = 0; s <= Stages; s++) begin : gen_slot
    if (s == 0) begin : gen_in
      always_ff @(posedge clk_i) if (advance) slot_q[s] <= slot_i;
    end else begin : gen_shift
      always_ff @(posedge clk_i) if (advance) slot_q[s] <= slot_q[s-1];
    end
  end

  ///////////////////////////
  // Rows and accumulators //
  ///////////////////////////

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    logic [AccumulatorBits-1:0] product, base, acc_d;
    logic [AccumulatorBits-1:0] acc_q[Slots];

    fp16_mac_multiply #(
      .OutBits(AccumulatorBits),
      .Stages (MultiplyStages)
    ) u_multiply (
      .clk_i,
      .en_i     (advance),
      .a_i      (weight_q[16*r+:16]),
      .b_i      (act_q),
      .product_o(product)
    );

    assign base = first_q[MultiplyStages] ? '0 : acc_q[slot_q[MultiplyStages]];

    fp16_mac_add #(
      .Bits  (AccumulatorBits),
      .Stages(AddStages)
    ) u_add (
      .clk_i,
      .en_i (advance),
      .a_i  (base),
      .b_i  (product),
      .sum_o(acc_d)
    );

    always_ff @(posedge clk_i) begin
      if (advance && valid_q[Stages]) acc_q[slot_q[Stages]] <= acc_d;
    end

    // Frozen until taken, the accumulator itself can be the output register.
    assign sums_o[AccumulatorBits*r+:AccumulatorBits] = acc_q[out_slot_q];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) out_valid_q <= 1'b0;
    else if (advance) out_valid_q <= valid_q[Stages] & last_q[Stages];
  end

  always_ff @(posedge clk_i) begin
    if (advance) out_slot_q <= slot_q[Stages];
  end

  assign valid_o = out_valid_q;
  assign slot_o  = out_slot_q;

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  // Activations, weights and control apart, so that no copy of them all is made every cycle.
  stream_assertions #(
    .Width(16)
  ) u_activations_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_i),
    .ready_i (ready_o),
    .data_i  (act_i)
  );
  stream_assertions #(
    .Width(16 * Rows)
  ) u_weights_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_i & weight_load_i),
    .ready_i (ready_o),
    .data_i  (weight_i)
  );
  stream_assertions #(
    .Width(SlotBits + 3)
  ) u_control_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_i),
    .ready_i (ready_o),
    .data_i  ({slot_i, weight_load_i, first_i, last_i})
  );
  stream_assertions #(
    .Width(SlotBits)
  ) u_slot_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_o),
    .ready_i (ready_i),
    .data_i  (slot_o)
  );
  stream_assertions #(
    .Width(Rows * AccumulatorBits)
  ) u_sums_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_o),
    .ready_i (ready_i),
    .data_i  (sums_o)
  );

  always_ff @(posedge clk_i) begin
    if (rst_ni && valid_i) begin
      a_slot_exists :
      assert ((SlotBits + 1)'(slot_i) < (SlotBits + 1)'(Slots))
      else $error("fp16_mac: slot_i must be below Slots");
    end
  end
`endif

endmodule
