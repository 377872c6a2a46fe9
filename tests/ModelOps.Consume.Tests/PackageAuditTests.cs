using ModelOps.Core.Diagnostics;
using ModelOps.Core.Packaging;

namespace ModelOps.Consume.Tests;

public sealed class PackageAuditTests
{
    private static readonly DateOnly s_today = new(2026, 11, 21);

    [Theory]
    [InlineData(null, null)]
    [InlineData("2027-02-20", null)]
    [InlineData("2027-02-19", "MOPS7150")]
    [InlineData("2026-11-22", "MOPS7150")]
    [InlineData("2026-11-21", "MOPS7151")]
    [InlineData("2020-01-01", "MOPS7151")]
    public void A_retirement_is_told_90_days_before_and_from_the_day_on(string? date, string? code)
    {
        ModelManifest manifest = Pointer(date is null ? null : DateOnly.Parse(date, System.Globalization.CultureInfo.InvariantCulture));

        Diagnostic[] found = [.. PackageAudit.Check(manifest, "m.json", s_today)];

        Assert.Equal(code is null ? [] : [code], found.Select(f => f.Code));
        Assert.All(found, f => Assert.Equal((DiagnosticSeverity.Warning, "m.json"), (f.Severity, f.Location!.Value.File)));
        Assert.All(found, f => Assert.Contains(date!, f.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Days_are_the_callers_and_a_licence_is_asked_for()
    {
        ModelManifest manifest = Pointer(s_today.AddDays(10)) with { License = " " };

        Assert.Equal(["MOPS7152"], PackageAudit.Check(manifest, "m.json", s_today, days: 9).Select(f => f.Code));
        Assert.Equal(["MOPS7150", "MOPS7152"], PackageAudit.Check(manifest, "m.json", s_today, days: 10).Select(f => f.Code));
    }

    private static ModelManifest Pointer(DateOnly? shutdown) => new()
    {
        Id = "Contoso.TicketTriage",
        Version = "1.0.0",
        Kind = ModelManifest.PointerKind,
        Method = "lora",
        License = "MIT",
        BaseDigest = "sha256:" + new string('b', 64),
        Pointer = new ModelPointer("openai", "ft:gpt:contoso", "https://api.openai.com/v1") { ShutdownDate = shutdown },
        Files = [],
    };
}
