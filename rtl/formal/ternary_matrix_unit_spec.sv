/// What ternary_matrix_unit must be, for one row of two lanes and two slots: sums that are added when a
/// beat is accepted, and results that come three unfrozen edges later. A code 3 adds nothing. The
/// first beat loads weights and a slot begins with first_i, as the unit asks; activations lie in
/// -4 .. 3 (ternary_dot_spec has all of them); all else is free.
module ternary_matrix_unit_spec #(
  parameter  int unsigned AccumulatorBits = 10,
  localparam int unsigned Lanes           = 2,
  localparam int unsigned Latency         = 3
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               valid_i,
  input  logic [3*Lanes-1:0] free_i,
  input  logic [2*Lanes-1:0] weight_i,
  input  logic               load_i,
  input  logic               slot_i,
  input  logic               first_i,
  input  logic               last_i,
  input  logic               ready_i,
  output logic               holds
);

  logic [8*Lanes-1:0] activations;
  for (genvar l = 0; l < Lanes; l++) begin : gen_act
    assign activations[8*l+:8] = {{6{free_i[3*l+2]}}, free_i[3*l+:2]};
  end

  logic                       ready, valid, slot, load, first, illegal;
  logic [AccumulatorBits-1:0] sum;
  logic [15:0]                illegal_count;

  ternary_matrix_unit #(
    .Rows           (1),
    .Lanes          (Lanes),
    .Slots          (2),
    .LevelsPerStage (1),
    .AccumulatorBits(AccumulatorBits)
  ) u_unit (
    .clk_i,
    .rst_ni,
    .valid_i,
    .ready_o        (ready),
    .act_i          (activations),
    .weight_i,
    .weight_load_i  (load),
    .slot_i,
    .first_i        (first),
    .last_i,
    .valid_o        (valid),
    .ready_i,
    .slot_o         (slot),
    .sums_o         (sum),
    .illegal_o      (illegal),
    .illegal_count_o(illegal_count)
  );

  logic                       loaded_q;
  logic [1:0]                 begun_q;
  logic [2*Lanes-1:0]         weight_q, weight;
  logic [AccumulatorBits-1:0] sum0_q, sum1_q, total, beat, act;

  assign load   = load_i | ~loaded_q;
  assign first  = first_i | ~begun_q[slot_i];
  assign weight = load ? weight_i : weight_q;

  always_comb begin
    beat = '0;
    for (int l = 0; l < Lanes; l++) begin
      act = {{(AccumulatorBits - 8) {activations[8*l+7]}}, activations[8*l+:8]};
      if (weight[2*l+:2] == 2'd2) beat = beat + act;
      if (weight[2*l+:2] == 2'd0) beat = beat - act;
    end
    total = (first ? '0 : slot_i ? sum1_q : sum0_q) + beat;
  end

  // What is due: a result, its slot and its sum, the youngest in the lowest bits.
  logic                                 advance, accept;
  logic [Latency-1:0]                   due_q, due_slot_q;
  logic [Latency*AccumulatorBits-1:0]   due_sum_q;

  assign advance = ready_i | ~due_q[Latency-1];
  assign accept  = advance & valid_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      loaded_q <= 1'b0;
      begun_q  <= '0;
      due_q    <= '0;
    end else begin
      if (accept) begin
        loaded_q        <= 1'b1;
        begun_q[slot_i] <= 1'b1;
        weight_q        <= weight;
        if (slot_i) sum1_q <= total;
        else sum0_q <= total;
      end
      if (advance) begin
        due_q      <= {due_q[Latency-2:0], accept & last_i};
        due_slot_q <= {due_slot_q[Latency-2:0], slot_i};
        due_sum_q  <= {due_sum_q[(Latency-1)*AccumulatorBits-1:0], total};
      end
    end
  end

  assign holds = ready == advance && valid == due_q[Latency-1] &&
                 (!valid || (slot == due_slot_q[Latency-1] &&
                             sum == due_sum_q[Latency*AccumulatorBits-1-:AccumulatorBits]));

endmodule
