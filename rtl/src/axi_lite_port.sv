/// AXI4-Lite subordinate for 32-bit registers: turns the five channels into one write and one read
/// access, one transaction of each kind at a time.
///
/// A write is taken when address and data are both there, and write_o is high for that one cycle;
/// reads have no effect but their answer. What lies behind answers within the cycle: read data, and
/// an error for an access that it refuses, which becomes the response SLVERR. A write that does not
/// strobe all four bytes is refused here and not passed on. Responses wait until they are taken.
///
/// Synchronous reset, active low.
module axi_lite_port #(
  parameter int unsigned AddrBits = 8
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic                awvalid_i,
  output logic                awready_o,
  input  logic [AddrBits-1:0] awaddr_i,
  input  logic                wvalid_i,
  output logic                wready_o,
  input  logic [31:0]         wdata_i,
  input  logic [3:0]          wstrb_i,
  output logic                bvalid_o,
  input  logic                bready_i,
  output logic [1:0]          bresp_o,

  input  logic                arvalid_i,
  output logic                arready_o,
  input  logic [AddrBits-1:0] araddr_i,
  output logic                rvalid_o,
  input  logic                rready_i,
  output logic [31:0]         rdata_o,
  output logic [1:0]          rresp_o,

  output logic                write_o,
  output logic [AddrBits-1:0] write_addr_o,
  output logic [31:0]         write_data_o,
  input  logic                write_error_i,
  output logic [AddrBits-1:0] read_addr_o,
  input  logic [31:0]         read_data_i,
  input  logic                read_error_i
);

  if (AddrBits < 1) begin : gen_illegal_addr_bits
    $error("axi_lite_port: AddrBits must be 1 or more");
  end

  localparam logic [1:0] Okay   = 2'b00;
  localparam logic [1:0] SlvErr = 2'b10;

  logic        bvalid_q, rvalid_q, take_write, take_read;
  logic [1:0]  bresp_q, rresp_q;
  logic [31:0] rdata_q;

  assign take_write   = awvalid_i & wvalid_i & ~bvalid_q;
  assign awready_o    = take_write;
  assign wready_o     = take_write;
  assign write_o      = take_write & (&wstrb_i);
  assign write_addr_o = awaddr_i;
  assign write_data_o = wdata_i;

  assign arready_o    = ~rvalid_q;
  assign take_read    = arvalid_i & ~rvalid_q;
  assign read_addr_o  = araddr_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      bvalid_q <= 1'b0;
      rvalid_q <= 1'b0;
    end else begin
      if (take_write) bvalid_q <= 1'b1;
      else if (bready_i) bvalid_q <= 1'b0;
      if (take_read) rvalid_q <= 1'b1;
      else if (rready_i) rvalid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take_write) bresp_q <= (&wstrb_i) && !write_error_i ? Okay : SlvErr;
    if (take_read) begin
      rdata_q <= read_data_i;
      rresp_q <= read_error_i ? SlvErr : Okay;
    end
  end

  assign bvalid_o = bvalid_q;
  assign bresp_o  = bresp_q;
  assign rvalid_o = rvalid_q;
  assign rdata_o  = rdata_q;
  assign rresp_o  = rresp_q;

`ifndef SYNTHESIS
  stream_assertions #(
    .Width(AddrBits)
  ) u_write_address_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (awvalid_i),
    .ready_i (awready_o),
    .data_i  (awaddr_i)
  );
  stream_assertions #(
    .Width(36)
  ) u_write_data_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (wvalid_i),
    .ready_i (wready_o),
    .data_i  ({wstrb_i, wdata_i})
  );
  stream_assertions #(
    .Width(2)
  ) u_write_response_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (bvalid_o),
    .ready_i (bready_i),
    .data_i  (bresp_o)
  );
  stream_assertions #(
    .Width(AddrBits)
  ) u_read_address_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (arvalid_i),
    .ready_i (arready_o),
    .data_i  (araddr_i)
  );
  stream_assertions #(
    .Width(34)
  ) u_read_data_held (
    .clk_i,
    .rst_ni,
    .enable_i(1'b1),
    .valid_i (rvalid_o),
    .ready_i (rready_i),
    .data_i  ({rresp_o, rdata_o})
  );
`endif

endmodule
