using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Runtime.Tests;

/// <summary>Packages in an application: dependency injection, and what OpenTelemetry sees.</summary>
public sealed class ServiceTests : IDisposable
{
    private readonly ModelsFolder _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task Packages_are_services_by_id_by_key_and_by_default()
    {
        string id = $"Contoso.Services{Guid.NewGuid():N}"[..28], other = id + ".Other";
        string app = Path.Combine(AppContext.BaseDirectory, "models");
        string[] copied = [Path.Combine(app, id), Path.Combine(app, other), Path.Combine(app, ModelsFolder.BaseId)];
        try
        {
            _models.MakeAdapter(id, "1.0.0", seed: 1, folder: copied[0]);
            _models.MakeAdapter(other, "1.0.0", seed: 2, folder: copied[1]);
            Copy(_models.Base, copied[2]);
            var services = new ServiceCollection();
            services.AddModelPackage(id, options => options.Threads = 1).AddModelPackage(other).AddKeyedModelPackage("triage", id, options => options.MaxConcurrency = 3);
            await using ServiceProvider provider = services.BuildServiceProvider();

            IChatClient byDefault = provider.GetRequiredService<IChatClient>(), byId = provider.GetRequiredKeyedService<IChatClient>(id);
            IChatClient second = provider.GetRequiredKeyedService<IChatClient>(other), keyed = provider.GetRequiredKeyedService<IChatClient>("triage");

            Assert.Same(byDefault, byId);
            Assert.NotSame(byId, keyed);
            string answer = (await byDefault.GetResponseAsync("hello")).Text;
            Assert.Equal(answer, (await keyed.GetResponseAsync("hello")).Text);
            Assert.NotEqual(answer, (await second.GetResponseAsync("hello")).Text);
            Assert.Equal((1, 3), (provider.GetRequiredService<ModelRuntimeOptions>().Threads, provider.GetRequiredService<ModelRuntimeOptions>().MaxConcurrency));
            Assert.Same(byId.GetRequiredService<PackagedModel>().Tokenizer, second.GetRequiredService<PackagedModel>().Tokenizer);
        }
        finally
        {
            Array.ForEach(copied, folder => Directory.Delete(folder, recursive: true));
        }
    }

    [Fact]
    public void A_package_that_is_not_beside_the_app_has_a_code()
    {
        using ServiceProvider provider = new ServiceCollection().AddModelPackage("Contoso.Nowhere").BuildServiceProvider();

        Assert.Equal("MOPS7106", Assert.Throws<DiagnosticException>(() => provider.GetRequiredService<IChatClient>()).Diagnostic.Code);
    }

    [Fact]
    public async Task An_answer_is_an_activity_and_three_measures_and_its_text_is_nowhere()
    {
        string id = $"Contoso.Traced{Guid.NewGuid():N}";
        string folder = _models.MakeAdapter(id, "2.0.0", "SECRET system", seed: 1);
        var activities = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ModelTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (activities)
                {
                    activities.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        var measured = new List<(string Name, double Value, Dictionary<string, object?> Tags)>();
        using var meters = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name == ModelTelemetry.Name) self.EnableMeasurementEvents(instrument); } };
        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (measured)
            {
                measured.Add((instrument.Name, value, new(tags.ToArray())));
            }
        }

        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        meters.Start();
        using ModelChatClient client = ModelChatClient.Open(folder);

        ChatResponse response = await client.GetResponseAsync("SECRET question", new ChatOptions { MaxOutputTokens = 5, Seed = 3 });
        await Assert.ThrowsAsync<DiagnosticException>(() => client.GetResponseAsync(new string('x', 4000)));

        Activity[] mine = [.. activities.Where(a => (string?)a.GetTagItem("modelops.package.id") == id)];
        Assert.Equal(2, mine.Length);
        Activity good = mine[0];
        Assert.Equal(($"chat {id}", "chat", ModelTelemetry.Provider), (good.DisplayName, good.GetTagItem("gen_ai.operation.name"), good.GetTagItem("gen_ai.provider.name")));
        Assert.Equal(("2.0.0", client.Model.Proof.AdapterDigest), (good.GetTagItem("modelops.package.version"), good.GetTagItem("modelops.adapter.digest")));
        Assert.Equal(((int)response.Usage!.InputTokenCount!, (int)response.Usage.OutputTokenCount!), ((int)good.GetTagItem("gen_ai.usage.input_tokens")!, (int)good.GetTagItem("gen_ai.usage.output_tokens")!));
        Assert.Equal((5, 3L), (good.GetTagItem("gen_ai.request.max_tokens"), good.GetTagItem("gen_ai.request.seed")));
        Assert.Equal((ActivityStatusCode.Error, "MOPS7008"), (mine[1].Status, mine[1].GetTagItem("error.type")));

        var numbers = measured.Where(m => m.Tags.GetValueOrDefault("modelops.package.id") as string == id).ToList();
        Assert.Equal(2, numbers.Count(m => m.Name == "gen_ai.client.operation.duration"));
        Assert.Single(numbers, m => m.Name == "gen_ai.client.operation.duration" && "MOPS7008".Equals(m.Tags.GetValueOrDefault("error.type")));
        Assert.Equal((double)response.Usage.InputTokenCount, Assert.Single(numbers, m => m.Name == "gen_ai.client.token.usage" && "input".Equals(m.Tags["gen_ai.token.type"])).Value);
        Assert.Single(numbers, m => m.Name == "gen_ai.server.time_to_first_token");
        Assert.Single(numbers, m => m.Name == "gen_ai.server.time_per_output_token");
        Assert.DoesNotContain(mine.SelectMany(a => a.TagObjects).Concat(numbers.SelectMany(m => m.Tags)), tag => tag.Value is string text && (text.Contains("SECRET", StringComparison.Ordinal) || text.Contains(response.Text, StringComparison.Ordinal)));
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        Array.ForEach(Directory.GetFiles(from), file => File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true));
    }
}
