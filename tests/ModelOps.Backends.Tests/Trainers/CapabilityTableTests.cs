using ModelOps.Backends.Trainers;

namespace ModelOps.Backends.Tests.Trainers;

public sealed class CapabilityTableTests
{
    private const string Begin = "<!-- capabilities: written by CapabilityTable, MODELOPS_WRITE_DOCS=1 renews it -->\n", End = "<!-- end of capabilities -->";

    /// <summary>With <c>MODELOPS_WRITE_DOCS=1</c> the page is written instead.</summary>
    [Fact]
    public void The_page_has_the_table_of_the_code()
    {
        string path = Path.Combine(SourceTree.Root, "docs", "providers", "README.md"), page = File.ReadAllText(path);
        int at = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = page.IndexOf(End, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("MODELOPS_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, page[..at] + CapabilityTable.Write() + page[end..]);
            return;
        }

        Assert.Equal(CapabilityTable.Write(), page[at..end]);
    }

    [Fact]
    public void Every_trainer_has_a_page()
        => Assert.All(RemoteTrainers.All, trainer => Assert.True(File.Exists(Path.Combine(SourceTree.Root, "docs", "providers", $"{trainer.Name}.md")), trainer.Name));
}
