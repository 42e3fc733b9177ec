/// INT8 baseline: ternary_matrix_unit with int8 weights and a multiplier in every lane.
///
/// Beats, slots, handshake, freezing and reset are those of ternary_matrix_unit, so that the two
/// can be exchanged and compared; weight_i is 8 bits wide a lane, and there is no illegal weight.
///
/// Latency: a beat accepted at the end of cycle c is output in cycle c + 1 + Stages + 1 with Stages
/// = RegisterProducts + ceil(log2(Lanes) / LevelsPerStage), one beat a cycle.
///
/// Accumulators wrap at AccumulatorBits; who drives the array keeps 2^14 K below
/// 2^(AccumulatorBits-1).
module int8_mac_array #(
  parameter  int unsigned Rows             = 4,
  parameter  int unsigned Lanes            = 16,  // a power of two, 2 or more
  parameter  int unsigned Slots            = 4,
  parameter  int unsigned LevelsPerStage   = 1,   // adder-tree levels between two registers
  parameter  int unsigned RegisterProducts = 1,   // 1: a register between multipliers and tree
  parameter  int unsigned AccumulatorBits  = 32,
  localparam int unsigned SlotBits         = Slots > 1 ? $clog2(Slots) : 1
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,

  input  logic                            valid_i,
  output logic                            ready_o,
  input  logic [8*Lanes-1:0]              act_i,          // int8 of lane l at [8*l +: 8]
  input  logic [8*Rows*Lanes-1:0]         weight_i,       // row r, lane l at [8*(r*Lanes+l) +: 8]
  input  logic                            weight_load_i,
  input  logic [SlotBits-1:0]             slot_i,
  input  logic                            first_i,
  input  logic                            last_i,

  output logic                            valid_o,
  input  logic                            ready_i,
  output logic [SlotBits-1:0]             slot_o,
  output logic [Rows*AccumulatorBits-1:0] sums_o          // signed, row r at [r*AccumulatorBits +:]
);

  localparam int unsigned Levels     = $clog2(Lanes);
  localparam int unsigned Step       = LevelsPerStage > 0 ? LevelsPerStage : 1;  // 0 is refused below
  localparam int unsigned TreeStages = (Levels + Step - 1) / Step;
  localparam int unsigned Stages     = RegisterProducts + TreeStages;
  localparam int unsigned SumBits    = 16 + Levels;

  ////////////////
  // Parameters //
  ////////////////

  if (Rows < 1) begin : gen_illegal_rows
    $error("int8_mac_array: Rows must be 1 or more");
  end
  if (Slots < 1) begin : gen_illegal_slots
    $error("int8_mac_array: Slots must be 1 or more");
  end
  if (LevelsPerStage < 1) begin : gen_illegal_levels_per_stage
    $error("int8_mac_array: LevelsPerStage must be 1 or more");
  end
  if (RegisterProducts > 1) begin : gen_illegal_register_products
    $error("int8_mac_array: RegisterProducts must be 0 or 1");
  end
  if (Lanes < 2 || Lanes != (1 << Levels)) begin : gen_illegal_lanes
    $error("int8_mac_array: Lanes must be a power of two, 2 or more");
  end
  if (AccumulatorBits < SumBits) begin : gen_illegal_accumulator_bits
    $error("int8_mac_array: AccumulatorBits must hold one beat's sum, 16 + log2(Lanes) bits");
  end

  ///////////////////////////////
  // Handshake, input register //
  ///////////////////////////////

  logic advance;  // every register of the pipeline moves on
  logic accept;   // and takes in a beat

  assign advance = ready_i | ~valid_o;
  assign accept  = advance & valid_i;
  assign ready_o = advance;

  logic [8*Lanes-1:0]      act_q;
  logic [8*Rows*Lanes-1:0] weight_q;  // the weight register

  always_ff @(posedge clk_i) begin
    if (accept) act_q <= act_i;
    if (accept && weight_load_i) weight_q <= weight_i;
  end

  /////////////
  // Control //
  /////////////

  logic [Stages:0]     valid_q, first_q, last_q;
  logic [SlotBits-1:0] slot_q[Stages+1];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else if (advance) valid_q <= {valid_q[Stages-1:0], valid_i};
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

  logic                out_valid_q;
  logic [SlotBits-1:0] out_slot_q;

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    logic signed [SumBits-1:0]         sum;
    logic signed [AccumulatorBits-1:0] base, acc_d;
    logic signed [AccumulatorBits-1:0] acc_q[Slots];

    int8_dot #(
      .Lanes           (Lanes),
      .LevelsPerStage  (LevelsPerStage),
      .RegisterProducts(RegisterProducts)
    ) u_dot (
      .clk_i,
      .en_i    (advance),
      .act_i   (act_q),
      .weight_i(weight_q[8*Lanes*r+:8*Lanes]),
      .sum_o   (sum)
    );

    assign base  = first_q[Stages] ? '0 : acc_q[slot_q[Stages]];
    assign acc_d = base + AccumulatorBits'(sum);

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
    .Width(8 * Lanes)
  ) u_activations_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_i),
    .ready_i (ready_o),
    .data_i  (act_i)
  );
  stream_assertions #(
    .Width(8 * Rows * Lanes)
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
      else $error("int8_mac_array: slot_i must be below Slots");
    end
  end
`endif

endmodule
