/// Dot product of Lanes int8 weights and Lanes int8 activations: one row of the INT8 baseline.
///
/// The lanes' products are summed by the same binary tree as in ternary_dot, a pipeline register
/// after every LevelsPerStage levels and, with RegisterProducts, one behind the multipliers: sum_o
/// belongs to the inputs of RegisterProducts + ceil(Levels / LevelsPerStage) enabled clock edges
/// before. Level l has 16 + l bits, the exact width: a product lies in [-128 * 127, 128 * 128].
///
/// Registers hold while en_i is low. Only data: no reset.
module int8_dot #(
  parameter  int unsigned Lanes            = 16,  // a power of two, 2 or more
  parameter  int unsigned LevelsPerStage   = 1,
  parameter  int unsigned RegisterProducts = 1,   // 0 or 1
  localparam int unsigned Levels           = $clog2(Lanes),
  localparam int unsigned SumBits          = 16 + Levels
) (
  input  logic                      clk_i,
  input  logic                      en_i,
  input  logic [8*Lanes-1:0]        act_i,     // int8 of lane l at [8*l +: 8]
  input  logic [8*Lanes-1:0]        weight_i,  // int8 of lane l at [8*l +: 8]
  output logic signed [SumBits-1:0] sum_o
);

  ////////////////
  // Parameters //
  ////////////////

  if (Lanes < 2 || Lanes != (1 << Levels)) begin : gen_illegal_lanes
    $error("int8_dot: Lanes must be a power of two, 2 or more");
  end
  if (LevelsPerStage < 1) begin : gen_illegal_levels_per_stage
    $error("int8_dot: LevelsPerStage must be 1 or more");
  end
  if (RegisterProducts > 1) begin : gen_illegal_register_products
    $error("int8_dot: RegisterProducts must be 0 or 1");
  end

  ////////////////////////////////
  // Multipliers and adder tree //
  ////////////////////////////////

  function automatic logic signed [15:0] product(input logic signed [7:0] act,
                                                 input logic signed [7:0] weight);
    product = 16'(act) * 16'(weight);
  endfunction

  localparam int unsigned Step = LevelsPerStage > 0 ? LevelsPerStage : 1;  // 0 is refused above

  // Loops over at most 64 elements in registers: a limit of Verilator 5.006, see ternary_dot.
  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    localparam int unsigned Nodes = Lanes >> l;
    localparam int unsigned Width = 16 + l;
    localparam int unsigned Chunk = Nodes < 64 ? Nodes : 64;
    localparam bit Registered = l == 0 ? RegisterProducts == 1 : l % Step == 0 || l == Levels;

    logic signed [Width-1:0] node[Nodes];

    if (l == 0 && Registered) begin : gen_product_registers
      for (genvar c = 0; c < Nodes; c += Chunk) begin : gen_chunk
        always_ff @(posedge clk_i) begin
          if (en_i) begin
            for (int n = c; n < c + Chunk; n++) begin
              node[n] <= product(act_i[8*n+:8], weight_i[8*n+:8]);
            end
          end
        end
      end
    end else if (l == 0) begin : gen_products
      always_comb begin
        for (int n = 0; n < Nodes; n++) node[n] = product(act_i[8*n+:8], weight_i[8*n+:8]);
      end
    end else if (Registered) begin : gen_registers
      for (genvar c = 0; c < Nodes; c += Chunk) begin : gen_chunk
        always_ff @(posedge clk_i) begin
          if (en_i) begin
            for (int n = c; n < c + Chunk; n++) begin
              node[n] <= gen_level[l-1].node[2*n] + gen_level[l-1].node[2*n+1];
            end
          end
        end
      end
    end else begin : gen_sums
      always_comb begin
        for (int n = 0; n < Nodes; n++) begin
          node[n] = gen_level[l-1].node[2*n] + gen_level[l-1].node[2*n+1];
        end
      end
    end
  end

  assign sum_o = gen_level[Levels].node[0];

endmodule
