using System.Globalization;
using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Tests.Fingerprinting;

public sealed class KeyFieldsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Json(KeyFields fields) => Encoding.UTF8.GetString(fields.ToCanonicalJson());

    [Fact]
    public void Fields_are_canonical_JSON()
    {
        Digest digest = Digest.Of("x"u8);
        KeyFields fields = new KeyFields()
            .Add("z", 1e-4).Add("b", true).Add("n", (string?)null).Add("i", -5).Add("u", ulong.MaxValue).Add("d", digest)
            .Add("list", ["b", "a"]).Add("nested", new KeyFields().Add("y", "é\n").Add("x", 1.0))
            .Add("many", [new KeyFields().Add("k", 1), new KeyFields()]);
        Assert.Equal(
            $$$"""{"b":true,"d":"{{{digest}}}","i":-5,"list":["b","a"],"many":[{"k":1},{}],"n":null,"nested":{"x":1,"y":"é\n"},"u":18446744073709551615,"z":0.0001}""",
            Json(fields));
    }

    [Fact]
    public void The_order_of_adding_and_the_way_of_writing_a_number_do_not_count()
    {
        ActionKey one = new KeyFields().Add("a", 1e-4).Add("b", 2.0).ToKey("train");
        Assert.Equal(one, new KeyFields().Add("b", 2).Add("a", double.Parse("0.00010", CultureInfo.InvariantCulture)).ToKey("train"));
        Assert.NotEqual(one, new KeyFields().Add("b", 2).Add("a", 0.00011).ToKey("train"));
        Assert.NotEqual(one, new KeyFields().Add("b", "2").Add("a", 1e-4).ToKey("train"));
        Assert.NotEqual(one, new KeyFields().Add("a", 1e-4).Add("b", 2).ToKey("evaluate"));
    }

    [Fact]
    public void A_key_is_the_documented_digest()
    {
        // docs/formats/fingerprint.md; computed there with sha256sum.
        ActionKey key = new KeyFields().Add("learningRate", 1e-4).Add("method", "lora").ToKey("train");
        Assert.Equal(Digest.Of("""{"fields":{"learningRate":0.0001,"method":"lora"},"format":1,"stage":"train"}"""u8), key.Digest);
        Assert.Equal("sha256:e710a8976491c2c8b091580ad42f3b4f157f16105a4438bbfdfbf89704f09377", key.ToString());
    }

    [Fact]
    public void Wrong_uses_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new KeyFields().Add("a", 1).Add("a", 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyFields().Add("a", double.NaN));
    }

    [Fact]
    public void Culture_changes_nothing()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NegativeSign = "−";
        try
        {
            CultureInfo.CurrentCulture = comma;
            Assert.Equal("""{"a":0.5,"b":-3}""", Json(new KeyFields().Add("a", 0.5).Add("b", -3)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_fingerprint_file_is_read_back()
    {
        var file = FingerprintFile.Of("train", new KeyFields().Add("a", 1).Add("n", new KeyFields().Add("x", "y")));
        string path = _folder.In("obj", "fingerprint.json");
        Assert.True(file.Write(path));
        Assert.False(file.Write(path));
        Assert.Equal($$$"""{"fields":{"a":1,"n":{"x":"y"}},"format":1,"key":"{{{file.Key}}}","stage":"train"}""" + "\n", File.ReadAllText(path));
        FingerprintFile read = FingerprintFile.TryRead(path, out Diagnostic? problem)!;
        Assert.Null(problem);
        Assert.Equal((file.Key, "train", Json(file.Fields)), (read.Key, read.Stage, Json(read.Fields)));
        Assert.Null(FingerprintFile.TryRead(_folder.In("none.json"), out problem));
        Assert.Null(problem);
    }

    [Fact]
    public void A_fingerprint_that_was_tampered_with_is_a_warning()
    {
        string text = Encoding.UTF8.GetString(FingerprintFile.Of("train", new KeyFields().Add("a", 1)).ToBytes());
        foreach (string bad in new[] { text.Replace("\"a\":1", "\"a\":2", StringComparison.Ordinal), text.Replace("\"format\":1", "\"format\":9", StringComparison.Ordinal), text[..20], "null" })
        {
            Assert.Null(FingerprintFile.TryRead(_folder.Write("f.json", bad), out Diagnostic? problem));
            Assert.Equal(("MOPS2010", DiagnosticSeverity.Warning), (problem!.Code, problem.Severity));
        }
    }
}
