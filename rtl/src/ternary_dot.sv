/// Dot product of Lanes ternary weights and Lanes int8 activations: one row of the ternary matrix
/// unit.
///
/// A lane adds, subtracts or drops its activation: weight code 2 is +1, 1 is 0, 0 is -1. Code 3 is
/// illegal: it adds nothing and raises illegal_o, which is combinational from weight_i.
///
/// The lanes are summed by an explicit binary tree with a pipeline register after every
/// LevelsPerStage levels (the last stage may be shorter), because the registers' places must be
/// known: sum_o belongs to the inputs of ceil(Levels / LevelsPerStage) enabled clock edges before.
/// Level l has Lanes / 2^l sums of 9 + l bits, the exact width: a lane lies in [-128, +128].
///
/// Registers hold while en_i is low. Only data: no reset.
module ternary_dot #(
  parameter  int unsigned Lanes          = 16,  // a power of two, 2 or more
  parameter  int unsigned LevelsPerStage = 1,
  localparam int unsigned Levels         = $clog2(Lanes),
  localparam int unsigned SumBits        = 9 + Levels
) (
  input  logic                      clk_i,
  input  logic                      en_i,
  input  logic [8*Lanes-1:0]        act_i,     // int8 of lane l at [8*l +: 8]
  input  logic [2*Lanes-1:0]        weight_i,  // code of lane l at [2*l +: 2]
  output logic signed [SumBits-1:0] sum_o,
  output logic                      illegal_o
);

  ////////////////
  // Parameters //
  ////////////////

  if (Lanes < 2 || Lanes != (1 << Levels)) begin : gen_illegal_lanes
    $error("ternary_dot: Lanes must be a power of two, 2 or more");
  end
  if (LevelsPerStage < 1) begin : gen_illegal_levels_per_stage
    $error("ternary_dot: LevelsPerStage must be 1 or more");
  end

  ////////////////
  // Adder tree //
  ////////////////

  // Activation times weight: kept, negated (inverted plus one) or dropped. Gates instead of a case:
  // one incrementer serves both signs, and the simulator has no branch to mispredict.
  function automatic logic signed [8:0] product(input logic signed [7:0] act,
                                                input logic [1:0] code);
    logic minus;
    minus   = code == 2'd0;
    product = ((9'(act) ^ {9{minus}}) & {9{~code[0]}}) + 9'(minus);
  endfunction

  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    localparam int unsigned Nodes      = Lanes >> l;
    localparam int unsigned Width      = 9 + l;
    localparam bit          Registered = l > 0 && (l % LevelsPerStage == 0 || l == Levels);

    logic signed [Width-1:0] node[Nodes];

    if (l == 0) begin : gen_lanes
      always_comb begin
        for (int n = 0; n < Nodes; n++) node[n] = product(act_i[8*n+:8], weight_i[2*n+:2]);
      end
    end else if (Registered) begin : gen_registers
      // Loops simulate twice as fast as a process per node, but Verilator 5.006 takes non-blocking
      // assignments to an array in loops of at most 64 iterations.
      localparam int unsigned Chunk = Nodes < 64 ? Nodes : 64;
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

  ///////////////////
  // Illegal codes //
  ///////////////////

  assign illegal_o = |(weight_i & (weight_i >> 1) & {Lanes{2'b01}});

endmodule
