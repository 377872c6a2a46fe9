using System.Runtime.Intrinsics.X86;

namespace ModelOps.Engine.Tests.Reproducibility;

/// <summary>Training and generation give the same bytes whatever runs them; docs/reproducibility.md says why.</summary>
public sealed class BitIdentityTests
{
    // What each switch must leave of the instruction set, so that it is known to have switched something off.
    private static readonly Dictionary<string, string> s_hardware = new(StringComparer.Ordinal)
    {
        ["DOTNET_EnableAVX512"] = "narrow fused",
        ["DOTNET_EnableAVX2"] = "narrow unfused",
        ["DOTNET_EnableHWIntrinsic"] = "narrow unfused",
    };

    // One process for each switch does all the work of the table.
    private static readonly Dictionary<string, Lazy<string[]>> s_children =
        s_hardware.Keys.Append("").ToDictionary(s => s, s => new Lazy<string[]>(() => ChildEngine.Run("work", s.Length == 0 ? [] : [(s, "0")])));

    public static TheoryData<string> Names() => [.. Work.All.Select(w => w.Name)];

    public static TheoryData<string, string> NamesAndSwitches()
    {
        var data = new TheoryData<string, string>();
        foreach (var work in Work.All)
        {
            foreach (string name in s_hardware.Keys)
                data.Add(work.Name, name);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Threads_change_no_byte(string name)
    {
        var work = Find(name);
        Assert.Equal(work.Digest(1), work.Digest(2));
        Assert.Equal(work.Digest(1), work.Digest(4));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_process_gives_the_same_bytes(string name) => Assert.Equal(Find(name).Digest(2), Child("", name));

    [Theory]
    [MemberData(nameof(NamesAndSwitches))]
    public void Less_of_the_instruction_set_gives_the_same_bytes(string name, string setting)
    {
        if (Fma.IsSupported)
            Assert.Equal(s_hardware[setting], s_children[setting].Value[0]);
        Assert.Equal(Find(name).Digest(2), Child(setting, name));
    }

    private static Work Find(string name) => Work.All.Single(w => w.Name == name);

    private static string Child(string setting, string name) =>
        s_children[setting].Value.Select(line => line.Split('\t')).Single(fields => fields[0] == name)[1];
}
