/// The register file of the ternary engine behind AXI4-Lite: parameters to read, control, status,
/// the fields of the next command, and counters.
///
/// Writing CMD_START checks the command in the fields and pushes it in the same cycle (push_o), or
/// refuses it: the write is answered with SLVERR, and STATUS keeps every reason. It is refused when
///  - a field is zero, or the rows do not fit RowBits bits (shape),
///  - its columns exceed MAX_COLS: more than a bank of weights holds, or so many that a sum of
///    products with |activation| <= 128 might not fit the accumulator (columns),
///  - tokens x column blocks exceed a bank of activations (tokens), or
///  - the queue is full (full).
///
/// Counters count the cycles or events at their inputs and stop at 2^32 - 1.
module engine_registers #(
  parameter  int unsigned Rows            = 4,
  parameter  int unsigned Lanes           = 16,
  parameter  int unsigned Slots           = 4,
  parameter  int unsigned LevelsPerStage  = 1,
  parameter  int unsigned AccumulatorBits = 32,
  parameter  int unsigned WeightDepth     = 16,
  parameter  int unsigned ActivationDepth = 64,
  parameter  int unsigned QueueDepth      = 4,
  parameter  int unsigned WeightPacking   = 0,
  parameter  int unsigned RowBits         = 24,
  localparam int unsigned BeatBits        = $clog2(WeightDepth),
  localparam int unsigned WordBits        = $clog2(ActivationDepth),
  localparam int unsigned LevelBits       = $clog2(QueueDepth) + 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  // AXI4-Lite
  input  logic                 awvalid_i,
  output logic                 awready_o,
  input  logic [7:0]           awaddr_i,
  input  logic                 wvalid_i,
  output logic                 wready_o,
  input  logic [31:0]          wdata_i,
  input  logic [3:0]           wstrb_i,
  output logic                 bvalid_o,
  input  logic                 bready_i,
  output logic [1:0]           bresp_o,
  input  logic                 arvalid_i,
  output logic                 arready_o,
  input  logic [7:0]           araddr_i,
  output logic                 rvalid_o,
  input  logic                 rready_i,
  output logic [31:0]          rdata_o,
  output logic [1:0]           rresp_o,

  // Control and commands
  output logic                 run_o,
  output logic                 soft_reset_o,  // for one cycle
  output logic                 irq_o,
  output logic                 push_o,
  output logic [RowBits-1:0]   push_rows_o,
  output logic [BeatBits:0]    push_beats_o,   // column blocks
  output logic [WordBits:0]    push_tokens_o,
  output logic [WordBits:0]    push_words_o,   // tokens x column blocks
  input  logic [LevelBits-1:0] level_i,
  input  logic                 full_i,

  // Events of this cycle; at most one of the five from beat_i to drain_i, and only with busy_i
  input  logic                 busy_i,
  input  logic                 beat_i,
  input  logic                 stall_output_i,
  input  logic                 stall_weights_i,
  input  logic                 stall_activations_i,
  input  logic                 drain_i,
  input  logic                 done_i,
  input  logic                 illegal_i,
  input  logic                 weight_frame_i,
  input  logic                 activation_frame_i
);

  localparam logic [7:0] AddrId               = 8'h00;
  localparam logic [7:0] AddrShape            = 8'h04;
  localparam logic [7:0] AddrTiming           = 8'h08;
  localparam logic [7:0] AddrMaxCols          = 8'h0C;
  localparam logic [7:0] AddrMaxWords         = 8'h10;
  localparam logic [7:0] AddrQueueDepth       = 8'h14;
  localparam logic [7:0] AddrControl          = 8'h18;
  localparam logic [7:0] AddrStatus           = 8'h1C;
  localparam logic [7:0] AddrCmdRows          = 8'h20;
  localparam logic [7:0] AddrCmdCols          = 8'h24;
  localparam logic [7:0] AddrCmdTokens        = 8'h28;
  localparam logic [7:0] AddrCmdStart         = 8'h2C;
  localparam logic [7:0] AddrQueueLevel       = 8'h30;
  localparam logic [7:0] AddrDoneCount        = 8'h34;
  localparam logic [7:0] AddrBusyCycles       = 8'h38;
  localparam logic [7:0] AddrBeats            = 8'h3C;
  localparam logic [7:0] AddrStallOutput      = 8'h40;
  localparam logic [7:0] AddrStallWeights     = 8'h44;
  localparam logic [7:0] AddrStallActivations = 8'h48;
  localparam logic [7:0] AddrDrainCycles      = 8'h4C;
  localparam logic [7:0] AddrIllegalBeats     = 8'h50;

  localparam logic [31:0] Id     = 32'h5445_524E;  // "TERN"
  localparam logic [31:0] Timing = {2'(WeightPacking), 6'(AccumulatorBits), 8'(LevelsPerStage),
                                    16'(Slots)};

  // 128 K must stay below 2^(AccumulatorBits-1).
  localparam int unsigned SafeCols = ((32'd1 << (AccumulatorBits - 1)) - 1) / 128;
  localparam int unsigned BankCols = WeightDepth * Lanes;
  localparam int unsigned MaxCols  = SafeCols < BankCols ? SafeCols : BankCols;

  if (AccumulatorBits < 16 || AccumulatorBits > 32) begin : gen_illegal_accumulator_bits
    $error("engine_registers: AccumulatorBits must lie in 16 .. 32");
  end
  if (RowBits < 1 || RowBits > 31) begin : gen_illegal_row_bits
    $error("engine_registers: RowBits must lie in 1 .. 31");
  end
  if (Rows > 65535 || Slots > 65535 || Lanes > 65535 || LevelsPerStage > 255 ||
      WeightDepth > 65536 || ActivationDepth > 65536 || QueueDepth > 65536 ||
      WeightPacking > 3) begin : gen_too_large
    $error("engine_registers: a parameter is larger than its register field");
  end

  //////////////
  // Accesses //
  //////////////

  logic        write, write_error, read_error;
  logic [7:0]  write_addr, read_addr;
  logic [31:0] write_data, read_data;

  axi_lite_port #(
    .AddrBits(8)
  ) u_port (
    .clk_i,
    .rst_ni,
    .awvalid_i,
    .awready_o,
    .awaddr_i,
    .wvalid_i,
    .wready_o,
    .wdata_i,
    .wstrb_i,
    .bvalid_o,
    .bready_i,
    .bresp_o,
    .arvalid_i,
    .arready_o,
    .araddr_i,
    .rvalid_o,
    .rready_i,
    .rdata_o,
    .rresp_o,
    .write_o      (write),
    .write_addr_o (write_addr),
    .write_data_o (write_data),
    .write_error_i(write_error),
    .read_addr_o  (read_addr),
    .read_data_i  (read_data),
    .read_error_i (read_error)
  );

  ////////////////////////////
  // Admission of a command //
  ////////////////////////////

  localparam int unsigned ProductBits = BeatBits + WordBits + 2;

  logic [31:0]            rows_q, cols_q, tokens_q;
  logic [BeatBits:0]      beats;
  logic [ProductBits-1:0] words;
  logic                   start, bad_shape, bad_cols, bad_tokens;

  // Column blocks of a command whose columns fit; others are refused anyway.
  assign beats = (BeatBits + 1)'((cols_q + 32'(Lanes - 1)) >> $clog2(Lanes));
  // Exact where the tokens are at most ActivationDepth.
  assign words = ProductBits'(tokens_q[WordBits:0]) * ProductBits'(beats);

  assign bad_shape  = rows_q == '0 || cols_q == '0 || tokens_q == '0 || (rows_q >> RowBits) != '0;
  assign bad_cols   = cols_q > 32'(MaxCols);
  assign bad_tokens = tokens_q > 32'(ActivationDepth) ||
                      (!bad_cols && words > ProductBits'(ActivationDepth));

  assign start         = write && write_addr == AddrCmdStart;
  assign push_o        = start & ~(bad_shape | bad_cols | bad_tokens | full_i);
  assign push_rows_o   = rows_q[RowBits-1:0];
  assign push_beats_o  = beats;
  assign push_tokens_o = tokens_q[WordBits:0];
  assign push_words_o  = words[WordBits:0];

  ////////////////////////
  // Control and status //
  ////////////////////////

  // Sticky bits of STATUS from bit 8 on.
  localparam int unsigned StickyBits = 8;

  logic                  run_q, irq_enable_q, soft_reset_q, clear;
  logic [StickyBits-1:0] sticky_q, sticky_set, sticky_clear;

  assign sticky_set = {activation_frame_i, weight_frame_i, start & full_i, start & bad_tokens,
                       start & bad_cols, start & bad_shape, illegal_i, done_i};
  assign sticky_clear = write && write_addr == AddrStatus ? write_data[8+:StickyBits] : '0;
  assign clear        = write && write_addr == AddrControl && write_data[3];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      run_q        <= 1'b0;
      irq_enable_q <= 1'b0;
      soft_reset_q <= 1'b0;
      sticky_q     <= '0;
      rows_q       <= '0;
      cols_q       <= '0;
      tokens_q     <= '0;
    end else begin
      soft_reset_q <= 1'b0;
      // What happens in the cycle of the clearing write stays visible.
      sticky_q <= (sticky_q & ~sticky_clear) | sticky_set;
      if (write) begin
        unique case (write_addr)
          AddrControl: begin
            run_q        <= write_data[0];
            irq_enable_q <= write_data[1];
            soft_reset_q <= write_data[2];
          end
          AddrCmdRows:   rows_q <= write_data;
          AddrCmdCols:   cols_q <= write_data;
          AddrCmdTokens: tokens_q <= write_data;
          default: ;
        endcase
      end
    end
  end

  assign run_o        = run_q;
  assign soft_reset_o = soft_reset_q;
  assign irq_o        = irq_enable_q & sticky_q[0];

  //////////////
  // Counters //
  //////////////

  localparam int unsigned Counters = 8;

  logic [Counters-1:0] count;
  logic [31:0]         count_q[Counters];

  assign count = {illegal_i, drain_i, stall_activations_i, stall_weights_i, stall_output_i, beat_i,
                  busy_i, done_i};

  for (genvar c = 0; c < Counters; c++) begin : gen_counter
    always_ff @(posedge clk_i) begin
      if (!rst_ni || clear) count_q[c] <= '0;
      else if (count[c] && count_q[c] != '1) count_q[c] <= count_q[c] + 1'b1;
    end
  end

  ///////////////////////
  // Reads and refusal //
  ///////////////////////

  always_comb begin
    read_error = 1'b0;
    unique case (read_addr)
      AddrId:               read_data = Id;
      AddrShape:            read_data = {16'(Lanes), 16'(Rows)};
      AddrTiming:           read_data = Timing;
      AddrMaxCols:          read_data = 32'(MaxCols);
      AddrMaxWords:         read_data = 32'(ActivationDepth);
      AddrQueueDepth:       read_data = 32'(QueueDepth);
      AddrControl:          read_data = {30'd0, irq_enable_q, run_q};
      AddrStatus:           read_data = {16'd0, sticky_q, 5'd0, full_i, level_i == '0, busy_i};
      AddrCmdRows:          read_data = rows_q;
      AddrCmdCols:          read_data = cols_q;
      AddrCmdTokens:        read_data = tokens_q;
      AddrQueueLevel:       read_data = 32'(level_i);
      AddrDoneCount:        read_data = count_q[0];
      AddrBusyCycles:       read_data = count_q[1];
      AddrBeats:            read_data = count_q[2];
      AddrStallOutput:      read_data = count_q[3];
      AddrStallWeights:     read_data = count_q[4];
      AddrStallActivations: read_data = count_q[5];
      AddrDrainCycles:      read_data = count_q[6];
      AddrIllegalBeats:     read_data = count_q[7];
      default: begin
        read_data  = '0;
        read_error = 1'b1;
      end
    endcase
  end

  always_comb begin
    unique case (write_addr)
      AddrControl, AddrStatus, AddrCmdRows, AddrCmdCols, AddrCmdTokens: write_error = 1'b0;
      AddrCmdStart: write_error = ~push_o;
      default:      write_error = 1'b1;
    endcase
  end

endmodule
