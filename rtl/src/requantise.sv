/// Requantisation stage behind the matrix unit: int32 sums of one token (a row) to int8 for the
/// next layer.
///
/// A row comes as beats of Lanes sums, the last one marked by last_i; lanes without a value carry
/// 0. With each beat comes its tensor's scale, mantissa_i / 2^shift_i, so that a row may join
/// tensors.
///
///   y = sum * mantissa / 2^shift   to the nearest integer, ties to even; clamped to +-(2^31 - 1)
///   m = max(AbsmaxFloor, max |y|)  over the row
///   q = y * (127 / m)              to the nearest integer, ties to even; 127 / m cut off
///                                  as requantise_reciprocal says
///
/// absmax_o is m, for the scale of the next layer: 127 / m in units of y.
///
/// The row is kept while its maximum is sought, in one of two banks, so that the next row comes in
/// while a row goes out. The first q of a row is output FractionBits + 17 cycles after the one that
/// accepted its last beat, then one beat a cycle; between two rows the output pauses for at least 5
/// cycles. Rows of B beats, 12 or more, follow one another every B + 6 + FractionBits / 2 cycles.
/// An output that is not taken freezes the output side; with both banks taken, ready_o is low.
///
/// saturated_o is set when a y was clamped, overrun_o when a row had more than MaxBeats beats: it
/// is then cut there, and what follows counts as another row. Both stay until reset.
///
/// Synchronous reset, active low, of control and flags: rows in flight are dropped.
module requantise #(
  parameter  int unsigned Lanes        = 16,
  parameter  int unsigned MaxBeats     = 160,  // beats of the longest row
  parameter  int unsigned FractionBits = 16,   // 8 to 24
  parameter  int unsigned AbsmaxFloor  = 1,    // 1 or more, in units of y
  localparam int unsigned MantissaBits = 16,
  localparam int unsigned ShiftBits    = 6
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic                    valid_i,
  output logic                    ready_o,
  input  logic [32*Lanes-1:0]     sums_i,      // int32 of lane l at [32*l +: 32]
  input  logic [MantissaBits-1:0] mantissa_i,
  input  logic [ShiftBits-1:0]    shift_i,
  input  logic                    last_i,

  output logic                    valid_o,
  input  logic                    ready_i,
  output logic [8*Lanes-1:0]      q_o,         // int8 of lane l at [8*l +: 8]
  output logic                    last_o,
  output logic [30:0]             absmax_o,

  output logic                    saturated_o,
  output logic                    overrun_o
);

  localparam int unsigned BeatBits = MaxBeats > 1 ? $clog2(MaxBeats) : 1;

  ////////////////
  // Parameters //
  ////////////////

  if (Lanes < 1) begin : gen_illegal_lanes
    $error("requantise: Lanes must be 1 or more");
  end
  if (MaxBeats < 1) begin : gen_illegal_max_beats
    $error("requantise: MaxBeats must be 1 or more");
  end
  if (FractionBits < 8 || FractionBits > 24) begin : gen_illegal_fraction_bits
    $error("requantise: FractionBits must be 8 to 24");
  end
  if (AbsmaxFloor < 1 || AbsmaxFloor > 32'h7FFF_FFFF) begin : gen_illegal_absmax_floor
    $error("requantise: AbsmaxFloor must be 1 to 2^31 - 1");
  end

  ///////////
  // Input //
  ///////////

  logic                accept, ends;
  logic [1:0]          taken_q;      // bank holds a row that is complete at the input
  logic                fill_bank_q;
  logic [BeatBits-1:0] fill_beat_q;
  logic                cut;

  assign ready_o = ~taken_q[fill_bank_q];
  assign accept  = valid_i & ready_o;
  assign cut     = fill_beat_q == BeatBits'(MaxBeats - 1);
  assign ends    = last_i | cut;

  logic release_bank;  // the bank on its way out has been read
  logic drain_bank_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      taken_q     <= '0;
      fill_bank_q <= 1'b0;
      fill_beat_q <= '0;
    end else begin
      if (accept) begin
        fill_beat_q <= ends ? '0 : fill_beat_q + 1'b1;
        fill_bank_q <= fill_bank_q ^ ends;
        if (ends) taken_q[fill_bank_q] <= 1'b1;
      end
      if (release_bank) taken_q[drain_bank_q] <= 1'b0;
    end
  end

  //////////////////////////////
  // Scale, and control along //
  //////////////////////////////

  logic [1:0]          scaled_valid_q, scaled_bank_q, scaled_ends_q, scaled_first_q;
  logic [BeatBits-1:0] scaled_beat_q[2];
  logic [32*Lanes-1:0] scaled;  // sign and magnitude
  logic [Lanes-1:0]    clamped;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) scaled_valid_q <= '0;
    else scaled_valid_q <= {scaled_valid_q[0], accept};
  end

  always_ff @(posedge clk_i) begin
    scaled_bank_q    <= {scaled_bank_q[0], fill_bank_q};
    scaled_ends_q    <= {scaled_ends_q[0], ends};
    scaled_first_q   <= {scaled_first_q[0], fill_beat_q == '0};
    scaled_beat_q[0] <= fill_beat_q;
    scaled_beat_q[1] <= scaled_beat_q[0];
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_scale
    requantise_scale #(
      .MantissaBits(MantissaBits),
      .ShiftBits   (ShiftBits)
    ) u_scale (
      .clk_i,
      .sum_i      (sums_i[32*l+:32]),
      .mantissa_i,
      .shift_i,
      .minus_o    (scaled[32*l+31]),
      .magnitude_o(scaled[32*l+:31]),
      .clamped_o  (clamped[l])
    );
  end

  ///////////////////////////
  // Row store and maximum //
  ///////////////////////////

  logic [32*Lanes-1:0] store[2<<BeatBits];
  logic [30:0]         beat_max, max_d, max_q;
  logic [30:0]         bank_max_q[2];
  logic [BeatBits-1:0] bank_end_q[2];
  logic [1:0]          waiting_q;      // bank waits for its division
  logic                divide_bank_q;  // the bank to divide next
  logic                divide;

  always_comb begin
    beat_max = scaled_first_q[1] ? 31'(AbsmaxFloor) : max_q;
    for (int l = 0; l < Lanes; l++) begin
      if (scaled[32*l+:31] > beat_max) beat_max = scaled[32*l+:31];
    end
  end
  assign max_d = beat_max;

  always_ff @(posedge clk_i) begin
    if (scaled_valid_q[1]) begin
      store[{scaled_bank_q[1], scaled_beat_q[1]}] <= scaled;
      max_q <= max_d;
    end
  end

  for (genvar b = 0; b < 2; b++) begin : gen_bank
    always_ff @(posedge clk_i) begin
      if (scaled_valid_q[1] && scaled_ends_q[1] && scaled_bank_q[1] == 1'(b)) begin
        bank_max_q[b] <= max_d;
        bank_end_q[b] <= scaled_beat_q[1];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      waiting_q     <= '0;
      divide_bank_q <= 1'b0;
    end else begin
      if (scaled_valid_q[1] && scaled_ends_q[1]) waiting_q[scaled_bank_q[1]] <= 1'b1;
      if (divide) begin
        waiting_q[divide_bank_q] <= 1'b0;
        divide_bank_q            <= ~divide_bank_q;
      end
    end
  end

  ////////////////
  // Reciprocal //
  ////////////////

  logic                    divider_ready, divided, start;
  logic [30:0]             waiting_max, divided_max, row_max_q;
  logic [4:0]              divided_left, left_q;
  logic [FractionBits+7:0] divided_reciprocal, reciprocal_q;

  assign divide      = waiting_q[divide_bank_q] & divider_ready;
  assign waiting_max = bank_max_q[divide_bank_q];

  requantise_reciprocal #(
    .FractionBits(FractionBits)
  ) u_reciprocal (
    .clk_i,
    .rst_ni,
    .valid_i     (waiting_q[divide_bank_q]),
    .ready_o     (divider_ready),
    .magnitude_i (waiting_max),
    .valid_o     (divided),
    .ready_i     (start),
    .magnitude_o (divided_max),
    .left_o      (divided_left),
    .reciprocal_o(divided_reciprocal)
  );

  ////////////
  // Output //
  ////////////

  logic                advance;    // every register of the output side moves on
  logic                drain_q;    // a row is being read
  logic [BeatBits-1:0] read_beat_q;
  logic                read_ends;
  logic [3:0]          out_valid_q, out_last_q;
  logic [32*Lanes-1:0] read_q;

  assign advance      = ready_i | ~valid_o;
  assign start        = divided & ~drain_q & out_valid_q == '0;
  assign read_ends    = read_beat_q == bank_end_q[drain_bank_q];
  assign release_bank = drain_q & advance & read_ends;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      drain_q      <= 1'b0;
      drain_bank_q <= 1'b0;
      out_valid_q  <= '0;
    end else begin
      if (start) drain_q <= 1'b1;
      else if (release_bank) drain_q <= 1'b0;
      if (release_bank) drain_bank_q <= ~drain_bank_q;
      if (advance) out_valid_q <= {out_valid_q[2:0], drain_q};
    end
  end

  always_ff @(posedge clk_i) begin
    if (start) begin
      row_max_q    <= divided_max;
      left_q       <= divided_left;
      reciprocal_q <= divided_reciprocal;
      read_beat_q  <= '0;
    end else if (drain_q && advance) begin
      read_beat_q <= read_beat_q + 1'b1;
    end
    if (advance) begin
      read_q     <= store[{drain_bank_q, read_beat_q}];
      out_last_q <= {out_last_q[2:0], read_ends};
    end
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_quantise
    requantise_quantise #(
      .FractionBits(FractionBits)
    ) u_quantise (
      .clk_i,
      .en_i        (advance),
      .minus_i     (read_q[32*l+31]),
      .magnitude_i (read_q[32*l+:31]),
      .left_i      (left_q),
      .reciprocal_i(reciprocal_q),
      .q_o         (q_o[8*l+:8])
    );
  end

  assign valid_o  = out_valid_q[3];
  assign last_o   = out_last_q[3];
  assign absmax_o = row_max_q;

  ///////////
  // Flags //
  ///////////

  logic saturated_q, overrun_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      saturated_q <= 1'b0;
      overrun_q   <= 1'b0;
    end else begin
      saturated_q <= saturated_q | (scaled_valid_q[1] & (|clamped));
      overrun_q   <= overrun_q | (accept & cut & ~last_i);
    end
  end

  assign saturated_o = saturated_q;
  assign overrun_o   = overrun_q;

  ////////////////
  // Assertions //
  ////////////////

`ifndef SYNTHESIS
  stream_assertions #(
    .Width(32 * Lanes)
  ) u_sums_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_i),
    .ready_i (ready_o),
    .data_i  (sums_i)
  );
  stream_assertions #(
    .Width(MantissaBits + ShiftBits + 1)
  ) u_scale_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_i),
    .ready_i (ready_o),
    .data_i  ({mantissa_i, shift_i, last_i})
  );
  stream_assertions #(
    .Width(8 * Lanes)
  ) u_output_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_o),
    .ready_i (ready_i),
    .data_i  (q_o)
  );
  stream_assertions #(
    .Width(32)
  ) u_row_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (valid_o),
    .ready_i (ready_i),
    .data_i  ({last_o, absmax_o})
  );

  for (genvar l = 0; l < Lanes; l++) begin : gen_assert_range
    always_ff @(posedge clk_i) begin
      if (rst_ni && out_valid_q[2]) begin
        a_in_range :
        assert (gen_quantise[l].u_quantise.rounded <= 8'd127)
        else $error("requantise: a result outside -127 to 127");
      end
    end
  end
`endif

endmodule
