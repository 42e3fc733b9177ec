/// Five ternary weight codes out of one byte of packing `base3` (1.6 bits a weight). Combinational.
///
/// A byte numbers the 243 combinations so that pairs of weights can be looked up. With codes t =
/// weight + 1, P = 3 t0 + t1, Q = 3 t2 + t3 and s = t4, bits written high to low:
///
///   P < 8, Q < 8   ss PPP QQQ
///   P = 8, Q < 8   11 ss 0 QQQ
///   P < 8, Q = 8   11 ss 1 PPP
///   P = 8, Q = 8   11 11 00 ss
///
/// with ss below 3. The 13 other bytes, 243 to 255, number nothing: illegal_o, and five codes 3,
/// which are no weight either, so that what comes after flags them as well.
module trit_decoder_byte (
  input  logic [7:0] byte_i,
  output logic [9:0] codes_o,   // code t_n at [2*n +: 2]
  output logic       illegal_o
);

  // Quotient and remainder by 3 of a number up to 8: the first code in bits 1:0, the second in 3:2.
  function automatic logic [3:0] pair(input logic [3:0] number);
    logic [1:0] first;
    first = number >= 4'd6 ? 2'd2 : number >= 4'd3 ? 2'd1 : 2'd0;
    pair  = {2'(number - 4'd3 * 4'(first)), first};
  endfunction

  logic [3:0] p, q;
  logic [1:0] s;

  always_comb begin
    if (byte_i[7:6] != 2'b11) begin
      p = {1'b0, byte_i[5:3]};
      q = {1'b0, byte_i[2:0]};
      s = byte_i[7:6];
    end else if (byte_i[5:4] != 2'b11) begin
      p = byte_i[3] ? {1'b0, byte_i[2:0]} : 4'd8;
      q = byte_i[3] ? 4'd8 : {1'b0, byte_i[2:0]};
      s = byte_i[5:4];
    end else begin
      p = 4'd8;
      q = 4'd8;
      s = byte_i[1:0];
    end
  end

  assign illegal_o = byte_i[7:4] == 4'b1111 && (byte_i[3:2] != 2'b00 || byte_i[1:0] == 2'b11);
  assign codes_o   = illegal_o ? '1 : {s, pair(q), pair(p)};

endmodule
