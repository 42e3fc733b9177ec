/// Counts the row tiles of a command: last_o is high while the present tile, of up to Rows rows, is
/// the command's last; step_i moves on to the next tile, and from the last to the first of the next
/// command.
///
/// No division: the rows are compared with the end of the tile. Synchronous reset, active low, back
/// to the first tile.
module row_tiles #(
  parameter int unsigned Rows    = 4,
  parameter int unsigned RowBits = 24
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic [RowBits-1:0] rows_i,  // 1 or more; holds from a command's first step to its last
  input  logic               step_i,
  output logic               last_o
);

  if (Rows < 1 || (RowBits < 31 && Rows >= (1 << RowBits))) begin : gen_illegal_rows
    $error("row_tiles: Rows must lie in 1 .. 2^RowBits - 1");
  end

  logic [RowBits:0] end_q;

  assign last_o = end_q >= {1'b0, rows_i};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) end_q <= (RowBits + 1)'(Rows);
    else if (step_i) end_q <= last_o ? (RowBits + 1)'(Rows) : end_q + (RowBits + 1)'(Rows);
  end

endmodule
