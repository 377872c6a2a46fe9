using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Evaluation;
using ModelOps.Core.Fingerprinting;

namespace ModelOps.Core.Tests.Evaluation;

public sealed class HeldOutLedgerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("looks");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Different_models_count_and_the_same_one_counts_once()
    {
        var ledger = new HeldOutLedger(_folder.FullName);
        Assert.Equal(1, ledger.Add(Set("a"), Rows(0, 10), Model(1)));
        Assert.Equal(1, ledger.Add(Set("a"), Rows(0, 10), Model(1)));
        Assert.Equal(2, ledger.Add(Set("a"), Rows(0, 10), Model(2)));
        Assert.Equal(3, new HeldOutLedger(_folder.FullName).Add(Set("a"), Rows(0, 10), Model(3)));
    }

    [Fact]
    public void A_set_of_mostly_the_same_rows_is_not_fresh()
    {
        var ledger = new HeldOutLedger(_folder.FullName);
        ledger.Add(Set("a"), Rows(0, 10), Model(1));
        ledger.Add(Set("a"), Rows(0, 10), Model(2));
        Assert.Equal(3, ledger.Add(Set("grown"), Rows(0, 11), Model(3)));
        Assert.Equal(3, ledger.Add(Set("grown"), Rows(0, 11), Model(1)));
        Assert.Equal(1, ledger.Add(Set("other"), Rows(8, 20), Model(4)));
    }

    [Fact]
    public void A_file_that_cannot_be_read_counts_nothing_and_breaks_nothing()
    {
        var ledger = new HeldOutLedger(_folder.FullName);
        ledger.Add(Set("a"), Rows(0, 10), Model(1));
        File.WriteAllText(Directory.GetFiles(Path.Combine(_folder.FullName, "looks"))[0], "nonsense");
        Assert.Equal(1, ledger.Add(Set("a"), Rows(0, 10), Model(2)));
    }

    private static Digest Set(string name) => Digest.Of(Encoding.UTF8.GetBytes(name));

    private static ActionKey Model(int number) => new KeyFields().Add("n", number).ToKey("train");

    private static string[] Rows(int from, int to) => [.. Enumerable.Range(from, to - from).Select(i => $"sha256:{i}")];
}
