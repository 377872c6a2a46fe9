using System.Text.RegularExpressions;
using ModelOps.Consume.EntryPoints;
using ModelOps.Core.Packaging;

namespace ModelOps.Consume.Tests;

public sealed partial class EntryPointSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Contoso.TicketTriage", "TicketTriage")]
    [InlineData("TicketTriage", "TicketTriage")]
    [InlineData("Contoso.3rd-party_model", "_3rd_party_model")]
    [InlineData("Contoso.Größe", "Gr__e")]
    [InlineData("_", "__")]
    [InlineData("Contoso.class", "class")]
    [InlineData("Contoso.Path", "Contoso_Path")]
    [InlineData("Version", "Version_2")]
    public void A_package_has_the_name_that_one_would_guess(string id, string expected) => Assert.Equal([expected], Names(Source(id)));

    [Fact]
    public void Packages_that_would_share_a_name_get_longer_ones()
    {
        Assert.Equal(["A_Triage", "B_Triage", "Style"], Names(Source("B.Triage", "A.Triage", "C.Style")));

        // The whole id of one is the last part of another.
        Assert.Equal(["A_T", "A_T_2", "B_T"], Names(Source("A.T", "B.T", "X.A_T")));
        Assert.Equal(["A_x_y", "A_x_y_2"], Names(Source("A.x-y", "A.x_y")));
    }

    [Fact]
    public void The_order_of_packages_changes_nothing() => Assert.Equal(Source("A.T", "B.T", "C.Other"), Source("C.Other", "B.T", "A.T"));

    [TheoryIfCompiler]
    [InlineData("12", "Contoso.TicketTriage", "Contoso.HouseStyle")]
    [InlineData("latest", "Contoso.class", "Contoso.record", "Contoso.field", "Contoso.Path", "PackageId", "Version", "Contoso.3rd", "Contoso.Größe", "A.x-y", "A.x_y", "B.T", "C.T", "X.B_T", "Contoso.System", "Contoso.ModelPackages", "Contoso.Microsoft")]
    [InlineData("latest")]
    public void The_source_compiles_without_a_warning(string languageVersion, params string[] ids)
    {
        string source = Source(ids);
        string use = $"internal static class Use {{ internal static string[] All => new string[] {{ {string.Join(", ", Names(source).Select(name => $"ModelPackages.@{name}.Path, ModelPackages.@{name}.Version"))} }}; }}";

        Assert.Equal("", Compiler.Compile(_folder, languageVersion, source, use));
    }

    [TheoryIfCompiler]
    [InlineData("1.0.0\"; } } class Evil { static Evil() { System.Environment.Exit(1); } } /*")]
    [InlineData("1.0.0\\")]
    [InlineData("1.0.0\n#error no")]
    [InlineData("1.0.0\u2028#error no")]
    [InlineData("1.0.0{0}${x}")]
    public void Hostile_text_stays_text(string version)
    {
        string source = EntryPointSource.Write("ModelPackages", [Manifest("Contoso.T", version), Manifest("Evil\"; /*", "1")]);

        Assert.Equal("", Compiler.Compile(_folder, "latest", source));
        Assert.Equal(2, Names(source).Count());
        Assert.All(source, c => Assert.True(c is '\n' or (>= ' ' and <= '~')));
    }

    [Fact]
    public void A_further_version_is_a_class_with_the_version_in_a_folder_of_its_own()
    {
        string source = EntryPointSource.Write(
            "ModelPackages", [Manifest("Contoso.T", "1.0.0"), Manifest("Contoso.U_1_1_0", "1.0.0")],
            [(Manifest("Contoso.T", "1.1.0-beta.2"), "Contoso.T@1.1.0-beta.2"), (Manifest("Contoso.U", "1.1.0"), "Contoso.U@1.1.0"), (Manifest("Fabrikam.T", "1.1.0"), "Fabrikam.T@1.1.0")]);

        Assert.Equal(["T", "T_1_1_0", "T_1_1_0_beta_2", "U_1_1_0", "U_1_1_0_2"], Names(source).Order(StringComparer.Ordinal));
        Assert.Equal(2, source.Split("\"Contoso.T@1.1.0-beta.2\"").Length - 1);
    }

    private static string Source(params string[] ids) => EntryPointSource.Write("ModelPackages", ids.Select(id => Manifest(id, "1.2.3")));

    private static IEnumerable<string> Names(string source) => ClassPattern().Matches(source).Select(m => m.Groups[1].Value);

    private static ModelManifest Manifest(string id, string version) => new()
    {
        Id = id,
        Version = version,
        Kind = ModelManifest.AdapterKind,
        BaseDigest = "sha256:" + new string('0', 64),
        Files = [],
    };

    [GeneratedRegex(@"static class @(\w+)")]
    private static partial Regex ClassPattern();
}
