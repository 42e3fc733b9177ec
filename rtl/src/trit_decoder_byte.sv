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

  // Quotient and remainder by 3 of a number up to 8, a hexadecimal digit for each: the first code in
  // bits 1:0, the second in 3:2.
  function automatic logic [3:0] pair(input logic [3:0] number);
    pair = 4'(36'hA62951840 >> {number, 2'b00});
  endfunction

  logic       escape;  // P or Q is 8
  logic       both;    // P and Q are, or the byte numbers nothing
  logic       p_is_8, q_is_8;
  logic [3:0] p, q;
  logic [1:0] s;

  // Gates instead of cases: the simulator has no branch to mispredict.
  assign escape = byte_i[7:6] == 2'b11;
  assign both   = byte_i[7:4] == 4'b1111;
  assign p_is_8 = both | (escape & ~byte_i[3]);
  assign q_is_8 = both | (escape & byte_i[3]);

  assign p = {p_is_8, (byte_i[5:3] & {3{~escape}}) | (byte_i[2:0] & {3{escape & ~p_is_8}})};
  assign q = {q_is_8, byte_i[2:0] & {3{~q_is_8}}};
  assign s = (byte_i[7:6] & {2{~escape}}) | (byte_i[5:4] & {2{escape & ~both}}) |
             (byte_i[1:0] & {2{both}});

  assign illegal_o = both & (byte_i[3:2] != 2'b00 || byte_i[1:0] == 2'b11);
  assign codes_o   = {s, pair(q), pair(p)} | {10{illegal_o}};

endmodule
