/// Ternary matrix unit: Rows dot products of Lanes ternary weights with the same Lanes int8
/// activations, each added to one of Slots accumulators per row.
///
/// A beat (valid_i, ready_o) carries the activations and, with weight_load_i, new weight codes,
/// which it uses itself and which stay for the beats after it. Its row sums are added to
/// accumulator slot_i, or overwrite it with first_i; with last_i the slot's sums of all rows are
/// also output (valid_o, ready_i).
///
/// Latency: a beat accepted at the end of cycle c is output in cycle c + 1 + Stages + 1 (input
/// register, tree stages, accumulator register), one beat a cycle. An output that is not taken
/// freezes the whole pipeline, so ready_o depends on ready_i in the same cycle; no data is lost and
/// none overtakes.
///
/// illegal_o is set two cycles after the acceptance of a load with a code 3 and stays until reset;
/// illegal_count_o counts such loads and saturates. Such a code counts as weight 0.
///
/// Synchronous reset, active low: beats in flight, flag and count are dropped. Data registers
/// (activations, weights, tree, accumulators) are not reset: after reset the first beat must load
/// weights, and each slot must begin with first_i.
module ternary_matrix_unit #(
  parameter  int unsigned Rows            = 4,
  parameter  int unsigned Lanes           = 16,  // a power of two, 2 or more
  parameter  int unsigned Slots           = 4,
  parameter  int unsigned LevelsPerStage  = 1,   // adder-tree levels between two registers
  parameter  int unsigned AccumulatorBits = 32,
  localparam int unsigned SlotBits        = Slots > 1 ? $clog2(Slots) : 1,
  localparam int unsigned CountBits       = 16
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,

  input  logic                            valid_i,
  output logic                            ready_o,
  input  logic [8*Lanes-1:0]              act_i,          // int8 of lane l at [8*l +: 8]
  input  logic [2*Rows*Lanes-1:0]         weight_i,       // row r, lane l at [2*(r*Lanes+l) +: 2]
  input  logic                            weight_load_i,
  input  logic [SlotBits-1:0]             slot_i,
  input  logic                            first_i,
  input  logic                            last_i,

  output logic                            valid_o,
  input  logic                            ready_i,
  output logic [SlotBits-1:0]             slot_o,
  output logic [Rows*AccumulatorBits-1:0] sums_o,         // signed, row r at [r*AccumulatorBits +:]

  output logic                            illegal_o,
  output logic [CountBits-1:0]            illegal_count_o
);

  localparam int unsigned Levels  = $clog2(Lanes);
  localparam int unsigned Stages  = (Levels + LevelsPerStage - 1) / LevelsPerStage;
  localparam int unsigned SumBits = 9 + Levels;

  ////////////////
  // Parameters //
  ////////////////

  if (Rows < 1) begin : gen_illegal_rows
    $error("ternary_matrix_unit: Rows must be 1 or more");
  end
  if (Slots < 1) begin : gen_illegal_slots
    $error("ternary_matrix_unit: Slots must be 1 or more");
  end
  if (AccumulatorBits < SumBits) begin : gen_illegal_accumulator_bits
    $error("ternary_matrix_unit: AccumulatorBits must hold one beat's sum, 9 + log2(Lanes) bits");
  end

  ///////////////
  // Handshake //
  ///////////////

  logic advance;  // every register of the pipeline moves on
  logic accept;   // and takes in a beat

  assign advance = ready_i | ~valid_o;
  assign accept  = advance & valid_i;
  assign ready_o = advance;

  ////////////////////
  // Input register //
  ////////////////////

  logic [8*Lanes-1:0]      act_q;
  logic [2*Rows*Lanes-1:0] weight_q;  // the weight register
  logic                    load_q;    // weight_q was loaded by the beat in the input register

  always_ff @(posedge clk_i) begin
    if (accept) act_q <= act_i;
    if (accept && weight_load_i) weight_q <= weight_i;
  end

  /////////////////////////////////////////////////////
  // Control of the beats in input register and tree //
  /////////////////////////////////////////////////////

  logic [Stages:0]     valid_q, first_q, last_q;
  logic [SlotBits-1:0] slot_q[Stages+1];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      load_q  <= 1'b0;
    end else if (advance) begin
      valid_q <= {valid_q[Stages-1:0], valid_i};
      load_q  <= valid_i & weight_load_i;
    end
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

  logic [Rows-1:0]     illegal;
  logic                out_valid_q;
  logic [SlotBits-1:0] out_slot_q;

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    logic signed [SumBits-1:0]         sum;
    logic signed [AccumulatorBits-1:0] base, acc_d;
    logic signed [AccumulatorBits-1:0] acc_q[Slots];

    ternary_dot #(
      .Lanes         (Lanes),
      .LevelsPerStage(LevelsPerStage)
    ) u_dot (
      .clk_i,
      .en_i     (advance),
      .act_i    (act_q),
      .weight_i (weight_q[2*Lanes*r+:2*Lanes]),
      .sum_o    (sum),
      .illegal_o(illegal[r])
    );

    assign base  = first_q[Stages] ? '0 : acc_q[slot_q[Stages]];
    assign acc_d = base + AccumulatorBits'(sum);

    always_ff @(posedge clk_i) begin
      if (advance && valid_q[Stages]) acc_q[slot_q[Stages]] <= acc_d;
    end

    // The output reads the accumulator itself: frozen until taken, it cannot be overwritten before.
    assign sums_o[AccumulatorBits*r+:AccumulatorBits] = acc_q[out_slot_q];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      out_valid_q <= 1'b0;
    end else if (advance) begin
      out_valid_q <= valid_q[Stages] & last_q[Stages];
    end
  end

  always_ff @(posedge clk_i) begin
    if (advance) out_slot_q <= slot_q[Stages];
  end

  assign valid_o = out_valid_q;
  assign slot_o  = out_slot_q;

  ///////////////////
  // Illegal codes //
  ///////////////////

  logic                 illegal_load;
  logic                 illegal_q;
  logic [CountBits-1:0] illegal_count_q;

  assign illegal_load = advance & load_q & (|illegal);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      illegal_q       <= 1'b0;
      illegal_count_q <= '0;
    end else if (illegal_load) begin
      illegal_q <= 1'b1;
      if (illegal_count_q != '1) illegal_count_q <= illegal_count_q + 1'b1;
    end
  end

  assign illegal_o       = illegal_q;
  assign illegal_count_o = illegal_count_q;

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
    .Width(2 * Rows * Lanes)
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
      else $error("ternary_matrix_unit: slot_i must be below Slots");
    end
  end

  // A sum of b beats lies within 128 Lanes b. Where the accumulator admits less than that, it may
  // have wrapped, and every value is within the bound.
  logic [31:0] beats_q[Slots];  // of each slot since its first, up to 2^32 - 1
  logic [31:0] beats_d;
  logic [63:0] bound;

  assign beats_d = first_q[Stages] ? 32'd1 : beats_q[slot_q[Stages]] + 32'(beats_q[slot_q[Stages]] != '1);
  assign bound   = 64'd128 * 64'(Lanes) * 64'(beats_d);

  always_ff @(posedge clk_i) if (advance && valid_q[Stages]) beats_q[slot_q[Stages]] <= beats_d;

  for (genvar r = 0; r < Rows; r++) begin : gen_assert_range
    always_ff @(posedge clk_i) begin
      if (rst_ni && advance && valid_q[Stages]) begin
        a_sum_in_range :
        assert (64'(gen_row[r].acc_d) <= $signed(bound) && 64'(gen_row[r].acc_d) >= -$signed(bound))
        else $error("ternary_matrix_unit: a sum beyond 128 x Lanes x beats");
      end
    end
  end
`endif

endmodule
