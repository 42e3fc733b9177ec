/// What replay_buffer must be: two blocks by age instead of two banks that take turns. Words go to the
/// older block until it is complete, then to the newer one; releasing the older moves the newer up.
/// The reader reads words that are there and releases complete blocks; a block's length holds while
/// it is written. Both as the module asks; all else is free.
module replay_buffer_spec #(
  parameter  int unsigned Width      = 2,
  parameter  int unsigned Depth      = 2,
  localparam int unsigned AddrBits   = $clog2(Depth),
  localparam int unsigned LengthBits = AddrBits + 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  enable_i,
  input  logic [LengthBits-1:0] length_i,
  input  logic                  valid_i,
  input  logic [Width-1:0]      data_i,
  input  logic [AddrBits-1:0]   addr_i,
  input  logic                  want_read_i,
  input  logic                  want_release_i,
  output logic                  holds
);

  logic                   ready, done, avail, read, free;
  logic [LengthBits-1:0]  length, length_q;
  logic [Width-1:0]       data;

  // The two blocks, words in order from the lowest bits, how many there are, and whether that is all.
  logic [Depth*Width-1:0] old_q, new_q, old, young;
  logic [LengthBits-1:0]  old_count_q, new_count_q, old_count, young_count;
  logic                   old_full_q, new_full_q, old_full, young_full;

  replay_buffer #(
    .Width(Width),
    .Depth(Depth)
  ) u_buffer (
    .clk_i,
    .rst_ni,
    .enable_i,
    .length_i (length),
    .valid_i,
    .ready_o  (ready),
    .data_i,
    .done_o   (done),
    .addr_i,
    .avail_o  (avail),
    .read_i   (read),
    .release_i(free),
    .data_o   (data)
  );

  logic                  take, to_old, last;
  logic [LengthBits-1:0] written;

  assign to_old  = ~old_full_q;
  assign take    = valid_i & enable_i & ~(old_full_q & new_full_q);
  assign written = to_old ? old_count_q : new_count_q;
  assign length  = written != '0 ? length_q :
                   length_i == '0 || length_i > LengthBits'(Depth) ? LengthBits'(Depth) : length_i;
  assign last    = written + 1'b1 == length;
  assign read    = want_read_i && LengthBits'(addr_i) < old_count_q;
  assign free    = want_release_i & old_full_q;

  // After this cycle's word, before this cycle's release.
  always_comb begin
    old         = old_q;
    old_count   = old_count_q;
    old_full    = old_full_q;
    young       = new_q;
    young_count = new_count_q;
    young_full  = new_full_q;
    if (take && to_old) begin
      old         = (old_q & ~((Depth * Width)'({Width{1'b1}}) << (Width * written))) |
                    ((Depth * Width)'(data_i) << (Width * written));
      old_count   = old_count_q + 1'b1;
      old_full    = last;
    end else if (take) begin
      young       = (new_q & ~((Depth * Width)'({Width{1'b1}}) << (Width * written))) |
                    ((Depth * Width)'(data_i) << (Width * written));
      young_count = new_count_q + 1'b1;
      young_full  = last;
    end
  end

  logic                   read_q;
  logic [Width-1:0]       expected_q;
  logic [Depth*Width-1:0] from_addr;
  assign from_addr = old_q >> (Width * addr_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {old_count_q, new_count_q, old_full_q, new_full_q} <= '0;
      read_q <= 1'b0;
    end else begin
      {old_q, old_count_q, old_full_q} <= free ? {young, young_count, young_full} :
                                                 {old, old_count, old_full};
      {new_q, new_count_q, new_full_q} <= free ? '0 : {young, young_count, young_full};
      if (read) begin
        expected_q <= from_addr[Width-1:0];
        read_q     <= 1'b1;
      end
    end
    length_q <= length;
  end

  assign holds = ready == (enable_i & ~(old_full_q & new_full_q)) && done == (take & last) &&
                 avail == (old_full_q || LengthBits'(addr_i) < old_count_q) &&
                 (!read_q || data == expected_q);

endmodule
