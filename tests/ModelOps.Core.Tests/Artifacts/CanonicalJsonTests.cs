using System.Text;
using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Tests.Artifacts;

public sealed class CanonicalJsonTests
{
    private static string Canonical(string json, KeyOrder order = KeyOrder.Sorted) => Encoding.UTF8.GetString(CanonicalJson.From(Encoding.UTF8.GetBytes(json), order));

    [Theory]
    // RFC 8785 section 3.2.2 and 3.2.3, but for the numbers, which keep their text.
    [InlineData("""{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}""",
        """{"literals":[null,true,false],"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"€$\u000f\nA'B\"\\\\\"/"}""")]
    [InlineData("""{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}""",
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\uFB33\":\"Hebrew Letter Dalet With Dagesh\"}")]
    [InlineData(" [ ] ", "[]")]
    [InlineData("\uFEFF{\"a\" : { } }\r\n", "{\"a\":{}}")]
    [InlineData("""{"b":{"d":1,"c":2},"a":[{"z":0,"y":0}]}""", """{"a":[{"y":0,"z":0}],"b":{"c":2,"d":1}}""")]
    [InlineData("\"\u007F\u2028\u2029\"", "\"\u007F\u2028\u2029\"")]
    [InlineData("""["\u0000\u001f\b\t\n\f\r","\u2028"]""", "[\"\\u0000\\u001f\\b\\t\\n\\f\\r\",\"\u2028\"]")]
    [InlineData("[1,1.0,-0,1E2,1e2]", "[1,1.0,-0,1E2,1e2]")]
    public void Text_becomes_canonical(string json, string canonical)
    {
        Assert.Equal(canonical, Canonical(json));
        Assert.Equal(canonical, Canonical(canonical));
    }

    [Fact]
    public void Keys_can_stay_as_written()
        => Assert.Equal("""{"b":[{"d":1,"c":2}],"a":"€"}""", Canonical("""{ "b":[ {"d":1, "c":2} ], "\u0061":"\u20AC" }""", KeyOrder.AsWritten));

    [Theory]
    // RFC 8785 appendix B: IEEE 754 bits and the text that ECMAScript gives them.
    [InlineData(0x0000000000000000ul, "0")]
    [InlineData(0x8000000000000000ul, "0")]
    [InlineData(0x0000000000000001ul, "5e-324")]
    [InlineData(0x8000000000000001ul, "-5e-324")]
    [InlineData(0x7feffffffffffffful, "1.7976931348623157e+308")]
    [InlineData(0xffeffffffffffffful, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000ul, "9007199254740992")]
    [InlineData(0xc340000000000000ul, "-9007199254740992")]
    [InlineData(0x4430000000000000ul, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5ul, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6ul, "1e+23")]
    [InlineData(0x44b52d02c7e14af7ul, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4eul, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4ful, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50ul, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8cul, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8dul, "0.000001")]
    [InlineData(0x41b3de4355555553ul, "333333333.3333332")]
    [InlineData(0x41b3de4355555554ul, "333333333.33333325")]
    [InlineData(0x41b3de4355555555ul, "333333333.3333333")]
    [InlineData(0x41b3de4355555556ul, "333333333.3333334")]
    [InlineData(0x41b3de4355555557ul, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696ul, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959ul, "1424953923781206.2")]
    public void Numbers_are_laid_out_as_in_ECMAScript(ulong bits, string text) => Assert.Equal(text, CanonicalJson.Number(BitConverter.UInt64BitsToDouble(bits)));

    [Theory]
    [InlineData(1e-4, "0.0001")]
    [InlineData(1.0, "1")]
    [InlineData(100, "100")]
    [InlineData(0.1, "0.1")]
    [InlineData(123.456, "123.456")]
    public void Numbers_that_people_write(double value, string text) => Assert.Equal(text, CanonicalJson.Number(value));

    [Fact]
    public void Numbers_read_back_as_the_same_double()
    {
        var random = new Random(17);
        for (int i = 0; i < 20_000; i++)
        {
            double value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(value))
            {
                Assert.Equal(value, double.Parse(CanonicalJson.Number(value), System.Globalization.CultureInfo.InvariantCulture));
            }
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void What_JSON_has_no_number_for_is_refused(double value) => Assert.Throws<ArgumentOutOfRangeException>(() => CanonicalJson.Number(value));
}
