/// The sender's side of a valid/ready handshake, checked in simulation: what is offered stays
/// offered, and stays the same, until it is taken.
///
/// While enable_i is low nobody wants the stream, and its sender may withdraw what it offers, as it
/// has to after a soft reset of the engine. Streams that cannot be withdrawn tie it high.
///
/// Instantiated under `ifndef SYNTHESIS; the message of a failed assertion names the instance.
module stream_assertions #(
  parameter int unsigned Width = 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             enable_i,
  input logic             valid_i,
  input logic             ready_i,
  input logic [Width-1:0] data_i
);

  if (Width < 1) begin : gen_illegal_width
    $error("stream_assertions: Width must be 1 or more");
  end

`ifndef SYNTHESIS
  // Immediate assertions on a copy that is kept while a side waits: sampling wide data every cycle
  // would cost simulation time, and Verilator 5.006 makes code that does not compile of $stable on
  // them.
  logic             waits_q;
  logic [Width-1:0] held_q;

  always_ff @(posedge clk_i) begin
    waits_q <= rst_ni & enable_i & valid_i & ~ready_i;
    if (valid_i && !ready_i) held_q <= data_i;
    if (rst_ni && waits_q && enable_i) begin
      a_still_offered :
      assert (valid_i)
      else $error("stream_assertions: a transfer was withdrawn before it was taken");
      a_held :
      assert (!valid_i || data_i == held_q)
      else $error("stream_assertions: a transfer changed before it was taken");
    end
  end
`endif

endmodule
