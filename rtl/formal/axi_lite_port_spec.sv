/// What axi_lite_port must keep at every clock edge: an access that is taken is answered in the next
/// cycle and once, with the response and the data of the cycle that took it; the answer stays until
/// it is taken, and nothing else is taken meanwhile; only a write of all four bytes is passed on.
module axi_lite_port_spec (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        awvalid_i,
  input  logic [1:0]  awaddr_i,
  input  logic        wvalid_i,
  input  logic [31:0] wdata_i,
  input  logic [3:0]  wstrb_i,
  input  logic        bready_i,
  input  logic        arvalid_i,
  input  logic [1:0]  araddr_i,
  input  logic        rready_i,
  input  logic        write_error_i,
  input  logic [31:0] read_data_i,
  input  logic        read_error_i,
  output logic        holds
);

  logic        awready, wready, bvalid, arready, rvalid, write;
  logic [1:0]  bresp, rresp, write_addr, read_addr;
  logic [31:0] rdata, write_data;

  axi_lite_port #(
    .AddrBits(2)
  ) u_port (
    .clk_i,
    .rst_ni,
    .awvalid_i,
    .awready_o   (awready),
    .awaddr_i,
    .wvalid_i,
    .wready_o    (wready),
    .wdata_i,
    .wstrb_i,
    .bvalid_o    (bvalid),
    .bready_i,
    .bresp_o     (bresp),
    .arvalid_i,
    .arready_o   (arready),
    .araddr_i,
    .rvalid_o    (rvalid),
    .rready_i,
    .rdata_o     (rdata),
    .rresp_o     (rresp),
    .write_o     (write),
    .write_addr_o(write_addr),
    .write_data_o(write_data),
    .write_error_i,
    .read_addr_o (read_addr),
    .read_data_i,
    .read_error_i
  );

  // Answers that are due: whether, and which.
  logic        write_due_q, read_due_q, refused_q, read_refused_q;
  logic [31:0] data_q;

  always_ff @(posedge clk_i) begin
    write_due_q <= rst_ni & ((awvalid_i & awready) | (write_due_q & ~bready_i));
    read_due_q  <= rst_ni & ((arvalid_i & arready) | (read_due_q & ~rready_i));
    if (awvalid_i && awready) refused_q <= wstrb_i != 4'hF || write_error_i;
    if (arvalid_i && arready) begin
      read_refused_q <= read_error_i;
      data_q         <= read_data_i;
    end
  end

  logic holds_write, holds_read;

  assign holds_write = bvalid == write_due_q && (!bvalid || bresp == {refused_q, 1'b0}) &&
                       awready == (awvalid_i & wvalid_i & ~write_due_q) && wready == awready &&
                       write == (awready && wstrb_i == 4'hF) &&
                       (!write || (write_addr == awaddr_i && write_data == wdata_i));
  assign holds_read  = rvalid == read_due_q && arready == ~read_due_q && read_addr == araddr_i &&
                       (!rvalid || (rresp == {read_refused_q, 1'b0} && rdata == data_q));
  assign holds       = holds_write & holds_read;

endmodule
