using System.Diagnostics;
using System.Text.Json;
using ModelOps.Core.Protocol;

namespace ModelOps.Serve.Tests;

/// <summary>The server as the tool starts it.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly ModelsFolder _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task It_says_where_it_listens_and_ends_with_its_input()
    {
        using Process process = Start(new ServeRequest { Packages = [_models.Adapter], PackagesFolder = _models["packages"], Port = 0, Json = true });
        JsonElement said = JsonElement.Parse((await process.StandardOutput.ReadLineAsync())!);
        using var client = new HttpClient();
        string models = await client.GetStringAsync(said.GetProperty("url").GetString() + "/models");

        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Contains(ModelsFolder.AdapterId, models, StringComparison.Ordinal);
        Assert.Equal(("serve", 0, ""), (said.GetProperty("verb").GetString(), process.ExitCode, await process.StandardError.ReadToEndAsync()));
    }

    [Fact]
    public async Task A_package_that_cannot_be_served_is_one_coded_line()
    {
        File.Delete(_models["BaseModel.tiny/tokenizer.json"]);
        using Process process = Start(new ServeRequest { Packages = [_models.Adapter], PackagesFolder = _models["packages"], CheckOnly = true });
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(1, process.ExitCode);
        Assert.Contains(": error MOPS7", Assert.Single((await process.StandardError.ReadToEndAsync()).TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private Process Start(ServeRequest request)
    {
        request.Write(_models["request.json"]);
        string server = Path.Combine(AppContext.BaseDirectory, "ModelOps.Serve.dll");
        return Process.Start(new ProcessStartInfo("dotnet", ["exec", server, _models["request.json"]]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
    }
}
