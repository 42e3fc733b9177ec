/// Walks through the beats of a command in their order: row tiles outermost, then groups of up to
/// Slots tokens, then column blocks, then the tokens of the group.
///
/// The outputs describe the present beat of the command at the inputs; step_i moves on to the next,
/// and from the command's last beat to the first of the next command. The inputs must hold from the
/// first beat of a command to its last.
///
/// No division: tokens are compared with a counter that grows by whole groups.
///
/// Synchronous reset, active low, back to the first beat.
module tile_walk #(
  parameter  int unsigned Rows      = 4,
  parameter  int unsigned Slots     = 4,
  parameter  int unsigned RowBits   = 24,
  parameter  int unsigned BeatBits  = 8,  // of a column block's number
  parameter  int unsigned WordBits  = 8,  // of an activation word's number
  localparam int unsigned SlotBits  = Slots > 1 ? $clog2(Slots) : 1,
  localparam int unsigned TokenBits = WordBits + 1,
  localparam int unsigned SumBits   = (TokenBits > SlotBits ? TokenBits : SlotBits) + 2
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic [RowBits-1:0]   rows_i,    // 1 or more
  input  logic [BeatBits:0]    beats_i,   // column blocks, 1 .. 2^BeatBits
  input  logic [TokenBits-1:0] tokens_i,  // 1 or more; tokens x beats at most 2^WordBits

  input  logic                 step_i,
  output logic [BeatBits-1:0]  beat_o,    // column block
  output logic [WordBits-1:0]  word_o,    // activation word within the command
  output logic [SlotBits-1:0]  slot_o,    // token within its group
  output logic                 last_beat_o,     // the column block is the last one
  output logic                 last_of_tile_o,  // no beat of the row tile comes after this one
  output logic                 last_o           // no beat of the command comes after this one
);

  if (Slots < 1) begin : gen_illegal_slots
    $error("tile_walk: Slots must be 1 or more");
  end
  if (BeatBits < 1 || WordBits < 1) begin : gen_illegal_address_bits
    $error("tile_walk: BeatBits and WordBits must be 1 or more");
  end

  logic [TokenBits-1:0] group_q;       // first token of the group
  logic [BeatBits-1:0]  beat_q;
  logic [WordBits-1:0]  word_q;
  logic [SlotBits-1:0]  slot_q;
  logic                 last_slot, last_group, last_tile, end_of_block;

  assign last_slot  = slot_q == SlotBits'(Slots - 1) ||
                      SumBits'(group_q) + SumBits'(slot_q) + 1'b1 == SumBits'(tokens_i);
  assign last_group = SumBits'(group_q) + SumBits'(Slots) >= SumBits'(tokens_i);

  assign beat_o         = beat_q;
  assign word_o         = word_q;
  assign slot_o         = slot_q;
  assign last_beat_o    = {1'b0, beat_q} + 1'b1 == beats_i;
  assign end_of_block   = last_slot & last_beat_o;
  assign last_of_tile_o = end_of_block & last_group;
  assign last_o         = last_of_tile_o & last_tile;

  row_tiles #(
    .Rows   (Rows),
    .RowBits(RowBits)
  ) u_row_tiles (
    .clk_i,
    .rst_ni,
    .rows_i,
    .step_i(step_i & last_of_tile_o),
    .last_o(last_tile)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      group_q    <= '0;
      beat_q     <= '0;
      word_q     <= '0;
      slot_q     <= '0;
    end else if (step_i) begin
      slot_q <= last_slot ? '0 : slot_q + 1'b1;
      word_q <= last_of_tile_o ? '0 : word_q + 1'b1;
      if (last_slot) beat_q <= last_beat_o ? '0 : beat_q + 1'b1;
      if (end_of_block) group_q <= last_group ? '0 : group_q + TokenBits'(Slots);
    end
  end

endmodule
