/// What tile_walk must be: four nested loops with products and quotients for what it counts. The shape
/// is any legal one, taken at the reset; after its last beat the walk begins again.
module tile_walk_spec #(
  localparam int unsigned Rows     = 2,
  localparam int unsigned Slots    = 2,
  localparam int unsigned RowBits  = 2,
  localparam int unsigned BeatBits = 1,
  localparam int unsigned WordBits = 2
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic step_i,
  input  logic [RowBits-1:0] rows_i,
  input  logic [BeatBits:0]  beats_i,
  input  logic [WordBits:0]  tokens_i,
  output logic holds
);

  logic [RowBits-1:0]  rows_q;
  logic [BeatBits:0]   beats_q;
  logic [WordBits:0]   tokens_q;
  logic                legal;

  always_ff @(posedge clk_i) if (!rst_ni) {rows_q, beats_q, tokens_q} <= {rows_i, beats_i, tokens_i};
  assign legal = rows_q != '0 && beats_q != '0 && beats_q <= 2 && tokens_q != '0 &&
                 4'(tokens_q) * 4'(beats_q) <= 4;

  logic [BeatBits-1:0] beat;
  logic [WordBits-1:0] word;
  logic                slot, last_beat, last_of_tile, last;

  tile_walk #(
    .Rows    (Rows),
    .Slots   (Slots),
    .RowBits (RowBits),
    .BeatBits(BeatBits),
    .WordBits(WordBits)
  ) u_walk (
    .clk_i,
    .rst_ni,
    .rows_i        (rows_q),
    .beats_i       (beats_q),
    .tokens_i      (tokens_q),
    .step_i,
    .beat_o        (beat),
    .word_o        (word),
    .slot_o        (slot),
    .last_beat_o   (last_beat),
    .last_of_tile_o(last_of_tile),
    .last_o        (last)
  );

  // Loop variables and their ends.
  logic [3:0] tile_q, group_q, block_q, token_q, tiles, groups, of_group;
  logic       end_token, end_block, end_group, end_tile;

  assign tiles     = (4'(rows_q) + 4'(Rows) - 4'd1) / 4'(Rows);
  assign groups    = (4'(tokens_q) + 4'(Slots) - 4'd1) / 4'(Slots);
  assign of_group  = group_q + 4'd1 < groups ? 4'(Slots) : 4'(tokens_q) - group_q * 4'(Slots);
  assign end_token = token_q + 4'd1 == of_group;
  assign end_block = end_token && block_q + 4'd1 == 4'(beats_q);
  assign end_group = end_block && group_q + 4'd1 == groups;
  assign end_tile  = end_group && tile_q + 4'd1 == tiles;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {tile_q, group_q, block_q, token_q} <= '0;
    end else if (step_i) begin
      token_q <= end_token ? '0 : token_q + 4'd1;
      if (end_token) block_q <= end_block ? '0 : block_q + 4'd1;
      if (end_block) group_q <= end_group ? '0 : group_q + 4'd1;
      if (end_group) tile_q <= end_tile ? '0 : tile_q + 4'd1;
    end
  end

  assign holds = !legal ||
                 (4'(beat) == block_q && 4'(slot) == token_q &&
                  4'(word) == group_q * 4'(Slots) * 4'(beats_q) + block_q * of_group + token_q &&
                  last_beat == (block_q + 4'd1 == 4'(beats_q)) && last_of_tile == end_group &&
                  last == end_tile);

endmodule
