using System.Text.RegularExpressions;

namespace ModelOps.Sdk.Tests;

/// <summary>MSBuild takes a misspelt property for an empty one, in our own targets too.</summary>
public sealed partial class TargetNames
{
    // Set from outside: extension points and what people turn.
    private static readonly string[] s_fromOutside =
        ["CustomBeforeModelOpsProps", "CustomAfterModelOpsProps", "CustomBeforeModelOpsTargets", "CustomAfterModelOpsTargets", "ModelOpsAllowedProperties", "ModelOpsSdkVersion", "ModelOpsVersionSuffix"];

    [Fact]
    public void Every_ModelOps_property_that_is_read_is_set_somewhere()
    {
        string text = string.Join('\n', Directory.GetFiles(Path.Combine(SourceTree.Root, "src", "ModelOps.Sdk", "Sdk"), "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        IEnumerable<string> read = Read().Matches(text).Select(m => m.Groups[1].Value).Distinct();

        string[] undeclared = [.. read.Where(name => !text.Contains($"<{name}", StringComparison.Ordinal) && !text.Contains($"PropertyName=\"{name}\"", StringComparison.Ordinal)).Except(s_fromOutside)];

        Assert.Empty(undeclared);
    }

    [GeneratedRegex(@"\$\((\w*ModelOps\w*)\)", RegexOptions.CultureInvariant)]
    private static partial Regex Read();
}
