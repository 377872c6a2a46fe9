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
        var ledger = Ledger();
        Assert.Equal(1, ledger.Add(Set("a"), Rows(0, 10), Model(1)));
        Assert.Equal(1, ledger.Add(Set("a"), Rows(0, 10), Model(1)));
        Assert.Equal(2, ledger.Add(Set("a"), Rows(0, 10), Model(2)));
        Assert.Equal(3, Ledger().Add(Set("a"), Rows(0, 10), Model(3)));
    }

    [Fact]
    public void A_set_of_mostly_the_same_rows_is_not_fresh()
    {
        var ledger = Ledger();
        ledger.Add(Set("a"), Rows(0, 10), Model(1));
        ledger.Add(Set("a"), Rows(0, 10), Model(2));
        Assert.Equal(3, ledger.Add(Set("grown"), Rows(0, 11), Model(3)));
        Assert.Equal(3, ledger.Add(Set("grown"), Rows(0, 11), Model(1)));
        Assert.Equal(1, ledger.Add(Set("other"), Rows(8, 20), Model(4)));
    }

    [Fact]
    public void A_file_that_cannot_be_read_counts_nothing_and_breaks_nothing()
    {
        var ledger = Ledger();
        ledger.Add(Set("a"), Rows(0, 10), Model(1));
        File.WriteAllText(Directory.GetFiles(Path.Combine(_folder.FullName, "looks"), "*.txt", SearchOption.AllDirectories)[0], "nonsense");
        Assert.Equal(1, ledger.Add(Set("a"), Rows(0, 10), Model(2)));
    }

    [Fact]
    public void Projects_on_the_same_rows_do_not_count_for_each_other()
    {
        foreach (int project in Enumerable.Range(0, 100))
        {
            Assert.Equal(1, Ledger($"p{project}/../x").Add(Set("a"), Rows(0, 10), Model(project)));
        }

        Assert.Equal(2, Ledger("p7/../x").Add(Set("a"), Rows(0, 10), Model(1000)));
        Assert.All(Directory.GetFiles(_folder.FullName, "*", SearchOption.AllDirectories), file => Assert.StartsWith(Path.Combine(_folder.FullName, "looks"), file, StringComparison.Ordinal));
    }

    private HeldOutLedger Ledger(string project = "TicketTriage") => new(_folder.FullName, project);

    private static Digest Set(string name) => Digest.Of(Encoding.UTF8.GetBytes(name));

    private static ActionKey Model(int number) => new KeyFields().Add("n", number).ToKey("train");

    private static string[] Rows(int from, int to) => [.. Enumerable.Range(from, to - from).Select(i => $"sha256:{i}")];
}
