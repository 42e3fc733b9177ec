/// Ternary matrix engine: the matrix unit with its buffers, a command queue and a bus on each side.
///
/// A command is a product of (rows x columns) ternary weights with (tokens x columns) int8
/// activations; the sums of every row tile and token go out. Software writes the fields over
/// AXI4-Lite and starts the command, data come and go over AXI4-Stream:
///
///  - weights: for each row tile, for each column block, one transfer of Rows x Lanes codes, that of
///    row r, lane l being the code r*Lanes + l in the order of weight_entry, which takes two bits a
///    code (WeightPacking 0) or a byte for five (1); each weight once, however many tokens there are;
///  - activations: for each group of up to Slots tokens, for each column block, for each token of
///    the group, one transfer of Lanes int8; each once, however many row tiles there are;
///  - results: for each row tile, for each token, one transfer of Rows signed sums.
///
/// Rows and columns past the end are the sender's padding: weight code 1, or activation 0 for a
/// column. Commands follow one another in the order of their start; tlast marks the last transfer
/// of each in every stream, and is flagged where an input has it elsewhere or lacks it.
///
/// Both inputs are double-buffered: the next row tile's weights and the next command's activations
/// load while the present ones are used. Every stream may stall for as long as it likes.
///
/// Timing: while no stream stalls, commands of B = row tiles x column blocks x tokens beats keep
/// the engine busy for the sum of their B plus, once, Latency of the matrix unit + 2 cycles, and one
/// more with WeightPacking 1.
///
/// An illegal weight code (3, or each of a byte that numbers nothing) counts as weight 0, sets STATUS
/// and counts (transfers that had one).
/// Synchronous reset, active low. CONTROL can reset everything but the registers (soft reset), and
/// may so withdraw a result that is being offered.
module ternary_engine #(
  parameter  int unsigned Rows            = 4,
  parameter  int unsigned Lanes           = 16,  // a power of two, 2 or more
  parameter  int unsigned Slots           = 4,
  parameter  int unsigned LevelsPerStage  = 1,
  parameter  int unsigned AccumulatorBits = 32,  // 16 .. 32
  parameter  int unsigned WeightDepth     = 16,  // column blocks of a bank: a power of two
  parameter  int unsigned ActivationDepth = 64,  // transfers of a bank: a power of two
  parameter  int unsigned QueueDepth      = 4,   // commands: a power of two
  parameter  int unsigned WeightPacking   = 0,   // of s_weight: 0 two_bit, 1 base3
  localparam int unsigned WeightCodes     = Rows * Lanes,
  localparam int unsigned WeightBits      = WeightPacking == 0 ? 2 * WeightCodes :
                                                                 8 * ((WeightCodes + 4) / 5)
) (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  output logic                            irq_o,

  // AXI4-Lite
  input  logic                            s_axil_awvalid_i,
  output logic                            s_axil_awready_o,
  input  logic [7:0]                      s_axil_awaddr_i,
  input  logic                            s_axil_wvalid_i,
  output logic                            s_axil_wready_o,
  input  logic [31:0]                     s_axil_wdata_i,
  input  logic [3:0]                      s_axil_wstrb_i,
  output logic                            s_axil_bvalid_o,
  input  logic                            s_axil_bready_i,
  output logic [1:0]                      s_axil_bresp_o,
  input  logic                            s_axil_arvalid_i,
  output logic                            s_axil_arready_o,
  input  logic [7:0]                      s_axil_araddr_i,
  output logic                            s_axil_rvalid_o,
  input  logic                            s_axil_rready_i,
  output logic [31:0]                     s_axil_rdata_o,
  output logic [1:0]                      s_axil_rresp_o,

  // AXI4-Stream
  input  logic                            s_weight_tvalid_i,
  output logic                            s_weight_tready_o,
  input  logic [WeightBits-1:0]           s_weight_tdata_i,
  input  logic                            s_weight_tlast_i,

  input  logic                            s_act_tvalid_i,
  output logic                            s_act_tready_o,
  input  logic [8*Lanes-1:0]              s_act_tdata_i,
  input  logic                            s_act_tlast_i,

  output logic                            m_result_tvalid_o,
  input  logic                            m_result_tready_i,
  output logic [Rows*AccumulatorBits-1:0] m_result_tdata_o,
  output logic                            m_result_tlast_o
);

  localparam int unsigned RowBits   = 24;
  localparam int unsigned BeatBits  = $clog2(WeightDepth);
  localparam int unsigned WordBits  = $clog2(ActivationDepth);
  localparam int unsigned SlotBits  = Slots > 1 ? $clog2(Slots) : 1;
  localparam int unsigned LevelBits = $clog2(QueueDepth) + 1;

  logic run, soft_reset, core_rst_n;
  assign core_rst_n = rst_ni & ~soft_reset;

  /////////////////////////
  // Registers and queue //
  /////////////////////////

  // Who walks through the queue: two loaders, the issue, and last the results, which free a place.
  localparam int unsigned Readers     = 4;
  localparam int unsigned Weights     = 0;
  localparam int unsigned Activations = 1;
  localparam int unsigned Issue       = 2;
  localparam int unsigned Results     = 3;
  // Fields of a command: rows, column blocks, tokens, activation transfers.
  localparam int unsigned TokensAt    = WordBits + 1;
  localparam int unsigned BeatsAt     = 2 * (WordBits + 1);
  localparam int unsigned RowsAt      = BeatsAt + BeatBits + 1;
  localparam int unsigned CommandBits = RowsAt + RowBits;

  logic                           push, full;
  logic [RowBits-1:0]             push_rows;
  logic [BeatBits:0]              push_beats;
  logic [WordBits:0]              push_tokens, push_words;
  logic [LevelBits-1:0]           level;
  logic [Readers-1:0]             cmd_valid, cmd_next;
  // Every reader is shown the whole command and uses the fields it needs.
  // verilator lint_off UNUSEDSIGNAL
  logic [Readers*CommandBits-1:0] cmd_data;
  // verilator lint_on UNUSEDSIGNAL
  logic                           busy, issue, blocked, no_weights, no_activations, done;
  logic                           illegal_q, weight_frame, act_frame;

  engine_registers #(
    .Rows           (Rows),
    .Lanes          (Lanes),
    .Slots          (Slots),
    .LevelsPerStage (LevelsPerStage),
    .AccumulatorBits(AccumulatorBits),
    .WeightDepth    (WeightDepth),
    .ActivationDepth(ActivationDepth),
    .QueueDepth     (QueueDepth),
    .WeightPacking  (WeightPacking),
    .RowBits        (RowBits)
  ) u_registers (
    .clk_i,
    .rst_ni,
    .awvalid_i          (s_axil_awvalid_i),
    .awready_o          (s_axil_awready_o),
    .awaddr_i           (s_axil_awaddr_i),
    .wvalid_i           (s_axil_wvalid_i),
    .wready_o           (s_axil_wready_o),
    .wdata_i            (s_axil_wdata_i),
    .wstrb_i            (s_axil_wstrb_i),
    .bvalid_o           (s_axil_bvalid_o),
    .bready_i           (s_axil_bready_i),
    .bresp_o            (s_axil_bresp_o),
    .arvalid_i          (s_axil_arvalid_i),
    .arready_o          (s_axil_arready_o),
    .araddr_i           (s_axil_araddr_i),
    .rvalid_o           (s_axil_rvalid_o),
    .rready_i           (s_axil_rready_i),
    .rdata_o            (s_axil_rdata_o),
    .rresp_o            (s_axil_rresp_o),
    .run_o              (run),
    .soft_reset_o       (soft_reset),
    .irq_o,
    .push_o             (push),
    .push_rows_o        (push_rows),
    .push_beats_o       (push_beats),
    .push_tokens_o      (push_tokens),
    .push_words_o       (push_words),
    .level_i            (level),
    .full_i             (full),
    .busy_i             (busy),
    .beat_i             (issue),
    .stall_output_i     (blocked),
    .stall_weights_i    (no_weights),
    .stall_activations_i(no_activations),
    .drain_i            (busy & ~(issue | blocked | no_weights | no_activations)),
    .done_i             (done),
    .illegal_i          (illegal_q),
    .weight_frame_i     (weight_frame),
    .activation_frame_i (act_frame)
  );

  command_queue #(
    .Width  (CommandBits),
    .Depth  (QueueDepth),
    .Readers(Readers)
  ) u_queue (
    .clk_i,
    .rst_ni (core_rst_n),
    .push_i (push),
    .data_i ({push_rows, push_beats, push_tokens, push_words}),
    .full_o (full),
    .level_o(level),
    .valid_o(cmd_valid),
    .data_o (cmd_data),
    .next_i (cmd_next)
  );

  ////////////////////
  // Weight loading //
  ////////////////////

  logic                    wl_enable, wl_valid, wl_ready, wl_last;
  logic                    wl_take, wl_tile_done, wl_last_tile, weight_avail;
  logic [2*Rows*Lanes-1:0] wl_codes, weight;
  // The beat that is issued next.
  logic [BeatBits-1:0]     is_beat;
  logic [WordBits-1:0]     is_word;
  logic [SlotBits-1:0]     is_slot;
  logic                    is_last_beat, is_last_of_tile, is_last;

  row_tiles #(
    .Rows   (Rows),
    .RowBits(RowBits)
  ) u_loaded_tiles (
    .clk_i,
    .rst_ni(core_rst_n),
    .rows_i(cmd_data[Weights*CommandBits+RowsAt+:RowBits]),
    .step_i(wl_tile_done),
    .last_o(wl_last_tile)
  );

  assign wl_enable = run & cmd_valid[Weights];

  weight_entry #(
    .Codes  (WeightCodes),
    .Packing(WeightPacking)
  ) u_weight_entry (
    .clk_i,
    .rst_ni  (core_rst_n),
    .enable_i(wl_enable),
    .valid_i (s_weight_tvalid_i),
    .ready_o (s_weight_tready_o),
    .data_i  (s_weight_tdata_i),
    .last_i  (s_weight_tlast_i),
    .valid_o (wl_valid),
    .ready_i (wl_ready),
    .codes_o (wl_codes),
    .last_o  (wl_last)
  );

  replay_buffer #(
    .Width(2 * Rows * Lanes),
    .Depth(WeightDepth)
  ) u_weight_buffer (
    .clk_i,
    .rst_ni   (core_rst_n),
    .enable_i (wl_enable),
    .length_i (cmd_data[Weights*CommandBits+BeatsAt+:BeatBits+1]),
    .valid_i  (wl_valid),
    .ready_o  (wl_ready),
    .data_i   (wl_codes),
    .done_o   (wl_tile_done),
    .addr_i   (is_beat),
    .avail_o  (weight_avail),
    .read_i   (issue & is_slot == '0),
    .release_i(issue & is_last_of_tile),
    .data_o   (weight)
  );

  assign wl_take           = wl_valid & wl_ready;
  assign cmd_next[Weights] = wl_tile_done & wl_last_tile;
  assign weight_frame      = wl_take & (wl_last != cmd_next[Weights]);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) illegal_q <= 1'b0;
    else illegal_q <= wl_take & |(wl_codes & (wl_codes >> 1) & {WeightCodes{2'b01}});
  end

  ////////////////////////
  // Activation loading //
  ////////////////////////

  logic               act_avail;
  logic [8*Lanes-1:0] act;

  replay_buffer #(
    .Width(8 * Lanes),
    .Depth(ActivationDepth)
  ) u_activation_buffer (
    .clk_i,
    .rst_ni   (core_rst_n),
    .enable_i (run & cmd_valid[Activations]),
    .length_i (cmd_data[Activations*CommandBits+:WordBits+1]),
    .valid_i  (s_act_tvalid_i),
    .ready_o  (s_act_tready_o),
    .data_i   (s_act_tdata_i),
    .done_o   (cmd_next[Activations]),
    .addr_i   (is_word),
    .avail_o  (act_avail),
    .read_i   (issue),
    .release_i(issue & is_last),
    .data_o   (act)
  );

  assign act_frame = s_act_tvalid_i & s_act_tready_o & (s_act_tlast_i != cmd_next[Activations]);

  /////////////////////
  // Issue of a beat //
  /////////////////////

  logic                work, space, unit_ready;
  // The beat whose operands the buffers hold at their outputs.
  logic                beat_valid_q, beat_load_q, beat_first_q, beat_last_q;
  logic [SlotBits-1:0] beat_slot_q;

  tile_walk #(
    .Rows    (Rows),
    .Slots   (Slots),
    .RowBits (RowBits),
    .BeatBits(BeatBits),
    .WordBits(WordBits)
  ) u_issue (
    .clk_i,
    .rst_ni        (core_rst_n),
    .rows_i        (cmd_data[Issue*CommandBits+RowsAt+:RowBits]),
    .beats_i       (cmd_data[Issue*CommandBits+BeatsAt+:BeatBits+1]),
    .tokens_i      (cmd_data[Issue*CommandBits+TokensAt+:WordBits+1]),
    .step_i        (issue),
    .beat_o        (is_beat),
    .word_o        (is_word),
    .slot_o        (is_slot),
    .last_beat_o   (is_last_beat),
    .last_of_tile_o(is_last_of_tile),
    .last_o        (is_last)
  );

  assign work            = run & cmd_valid[Issue];
  assign space           = unit_ready | ~beat_valid_q;
  assign issue           = work & space & weight_avail & act_avail;
  assign cmd_next[Issue] = issue & is_last;

  always_ff @(posedge clk_i) begin
    if (!core_rst_n) beat_valid_q <= 1'b0;
    else if (space) beat_valid_q <= issue;
  end

  always_ff @(posedge clk_i) begin
    if (issue) begin
      beat_load_q  <= is_slot == '0;
      beat_first_q <= is_beat == '0;
      beat_last_q  <= is_last_beat;
      beat_slot_q  <= is_slot;
    end
  end

  // Why a busy cycle issues nothing: an output that is not taken comes first, since it alone would
  // have stopped the beat. The rest of the busy cycles fills and drains the pipeline.
  assign busy           = run & cmd_valid[Results];
  assign blocked        = busy & ~issue & m_result_tvalid_o & ~m_result_tready_i;
  assign no_weights     = work & ~issue & ~blocked & ~weight_avail;
  assign no_activations = work & ~issue & ~blocked & weight_avail & ~act_avail;

  //////////////////////////
  // Matrix unit, results //
  //////////////////////////

  logic [WordBits:0] re_token_q;
  logic              re_take, re_last_token, re_last_tile;
  // For the assertions, if at all: the stream needs no slot, and illegal codes are counted as they
  // come, since the unit would count a load again for each group of tokens.
  // verilator lint_off UNUSEDSIGNAL
  logic [SlotBits-1:0] unit_slot;
  logic                unit_illegal;
  logic [15:0]         unit_illegal_count;
  // verilator lint_on UNUSEDSIGNAL

  ternary_matrix_unit #(
    .Rows           (Rows),
    .Lanes          (Lanes),
    .Slots          (Slots),
    .LevelsPerStage (LevelsPerStage),
    .AccumulatorBits(AccumulatorBits)
  ) u_unit (
    .clk_i,
    .rst_ni         (core_rst_n),
    .valid_i        (beat_valid_q),
    .ready_o        (unit_ready),
    .act_i          (act),
    .weight_i       (weight),
    .weight_load_i  (beat_load_q),
    .slot_i         (beat_slot_q),
    .first_i        (beat_first_q),
    .last_i         (beat_last_q),
    .valid_o        (m_result_tvalid_o),
    .ready_i        (m_result_tready_i),
    .slot_o         (unit_slot),
    .sums_o         (m_result_tdata_o),
    .illegal_o      (unit_illegal),
    .illegal_count_o(unit_illegal_count)
  );

  row_tiles #(
    .Rows   (Rows),
    .RowBits(RowBits)
  ) u_output_tiles (
    .clk_i,
    .rst_ni(core_rst_n),
    .rows_i(cmd_data[Results*CommandBits+RowsAt+:RowBits]),
    .step_i(re_take & re_last_token),
    .last_o(re_last_tile)
  );

  assign re_take       = m_result_tvalid_o & m_result_tready_i;
  assign re_last_token = re_token_q + 1'b1 == cmd_data[Results*CommandBits+TokensAt+:WordBits+1];
  assign done          = re_take & m_result_tlast_o;

  assign m_result_tlast_o  = re_last_token & re_last_tile;
  assign cmd_next[Results] = done;

  always_ff @(posedge clk_i) begin
    if (!core_rst_n) re_token_q <= '0;
    else if (re_take) re_token_q <= re_last_token ? '0 : re_token_q + 1'b1;
  end

`ifndef SYNTHESIS
  // The data of the streams are held to it in weight_entry, replay_buffer and ternary_matrix_unit. A
  // soft reset may withdraw a result, which resets what remembers it, too.
  stream_assertions #(
    .Width(1)
  ) u_weight_last_held (
    .clk_i,
    .rst_ni  (core_rst_n),
    .enable_i(wl_enable),
    .valid_i (s_weight_tvalid_i),
    .ready_i (s_weight_tready_o),
    .data_i  (s_weight_tlast_i)
  );
  stream_assertions #(
    .Width(1)
  ) u_act_last_held (
    .clk_i,
    .rst_ni  (core_rst_n),
    .enable_i(run & cmd_valid[Activations]),
    .valid_i (s_act_tvalid_i),
    .ready_i (s_act_tready_o),
    .data_i  (s_act_tlast_i)
  );
  stream_assertions #(
    .Width(1)
  ) u_result_last_held (
    .clk_i,
    .rst_ni  (core_rst_n),
    .enable_i(1'b1),
    .valid_i (m_result_tvalid_o),
    .ready_i (m_result_tready_i),
    .data_i  (m_result_tlast_o)
  );

  logic illegal_seen_q;

  always_ff @(posedge clk_i) begin
    illegal_seen_q <= rst_ni & (illegal_seen_q | illegal_q);
    if (core_rst_n && unit_illegal) begin
      a_illegal_codes_are_counted :
      assert (illegal_seen_q)
      else $error("ternary_engine: the unit met an illegal code that was not counted");
    end
    if (core_rst_n && m_result_tvalid_o) begin
      a_result_is_due :
      assert (cmd_valid[Results] && 32'(unit_slot) == 32'(re_token_q) % Slots)
      else $error("ternary_engine: a result of another token than the one that is due");
    end
  end
`endif

endmodule
