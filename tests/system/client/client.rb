# frozen_string_literal: true

# An application in Ruby: see client.py beside it.

require ARGV[0]

Company = Struct.new(:name, :country)

class Partner
  attr_reader :name, :email, :company, :joined, :balance, :tags, :first_name

  def initialize(name, email, company, joined, balance, tags)
    @name, @email, @company, @joined, @balance, @tags = name, email, company, joined, balance, tags
    @first_name = name.split.first
    @session = self # nobody's business
  end
end

VALUES = ["Alice Ämt", "alice@example.com", Company.new("Acme & Sons", "CA"), Date.new(2026, 11, 24), 19.90r,
          %w[new vip]].freeze

def welcome(env, partner)
  msg = env.models["mail.outbox"].create({
    to_emails: [partner.email],
    template_id: env.models["mail.template"].browse("tpl_welcome").id,
    context: { partner: partner, org: env.active_organization },
  })
  puts msg.id
end

def welcome_object
  welcome(Mailq.connect, Partner.new(*VALUES))
end

def welcome_stranger
  welcome(Mailq.connect, Struct.new(:name, :email, :company, :joined, :balance, :tags, :first_name).new(*VALUES, "Alice"))
end

def welcome_map
  row = %i[name email company joined balance tags first_name].zip([*VALUES, "Alice"]).to_h
  def row.email = fetch(:email)
  welcome(Mailq.connect, row)
end

def welcome_with_org
  welcome(Mailq.connect(organization: { id: "acme", name: "Acme of the application" }), Partner.new(*VALUES))
end

def failed
  env = Mailq.connect
  failed = env.models["mail.outbox"].search([["status", "=", "failed"], ["organization_id", "=", env.active_organization_id]])
  failed.each { |msg| puts "#{msg.last_error} #{msg.attempts}" }
end

def message(**more)
  { to_emails: ["alice@example.com"], subject: "Hi", body_text: "Hello.", **more }
end

def outbox(**options)
  Mailq.connect(**options).models["mail.outbox"]
end

def one
  msg = outbox.create(message)
  puts "#{msg.id} #{msg.status}"
end

def no_model
  Mailq.connect.models["mail.mail"]
rescue KeyError => e
  puts e.message
end

def send_now
  puts outbox.send(message).status
end

def many
  messages = outbox.create((0...1200).map { |i| message(subject: "Message #{i}") })
  puts "#{messages.size} #{messages.map(&:id).uniq.size} #{messages[7].subject}"
end

def large
  puts outbox.create([message(body_text: "x" * 20_000)] * 100).size
end

def pages
  ids = outbox.search.map(&:id)
  puts "#{ids.size} #{ids.uniq.size} #{outbox.search(limit: 3).size} #{outbox.search([["subject", "=", "Message 7"]]).size}"
end

def partly
  outbox.create([message, message(to_emails: []), message])
rescue Mailq::PartlyRefused => e
  puts "#{e.answers.map(&:status).inspect.tr('"', "'")} #{e.answers[1].detail}"
end

def refused
  outbox.create(message(colour: "red"))
rescue Mailq::Problem => e
  puts "#{e.status} #{e.title} #{e.detail}"
end

def nobody
  puts outbox.browse("01jddxv7q8zkj3m5n6p7r8s9t0").status
rescue Mailq::Problem => e
  puts "#{e.status} #{e.detail}"
end

def unavailable
  outbox(patience: 0.5).create(message(idempotency_key: "mine"))
rescue Mailq::Unavailable => e
  puts e.idempotency_keys.inspect.tr('"', "'")
end

def verbs
  msg = outbox.create(message(body_text: nil))
  puts [msg.status, msg.hold("a look first").state, msg.release.state, msg.cancel.status, msg.history[0]["reason"]].join(" ")
  msg.unlink
  msg.refresh
rescue Mailq::Problem => e
  puts e.status
end

def follow
  reset = outbox.follow(1).first
  msg = outbox.create(message)
  msg.hold && msg.cancel
  seen = []
  outbox.follow(reset.event_id, organization: "acme") do |change|
    seen << change.message
    if seen.size == 3
      puts "#{seen.map(&:state).join(" ")} #{seen.uniq == [msg] ? "{True}" : ""} #{seen[0].subject}"
      msg.unlink
    end
    break if seen.size == 4
  end
  puts "#{seen[3].status} #{reset.message || "None"}"
  outbox.follow(1) { raise IOError, "of the application" }
rescue IOError => e
  abort unless e.message == "of the application"
end

def follow_nothing
  %w[none acme].each do |organization|
    outbox(patience: 0.5).follow(organization: organization).first
  rescue Mailq::Problem => e
    puts "#{e.status} #{e.detail}"
  rescue Mailq::Unavailable
    puts "unavailable"
  end
end

def drafts
  msg = outbox.create(message, draft: true)
  puts [msg.status, msg.queue.status, outbox.create([message], draft: true)[0].status].join(" ")
end

def values_of_all_kinds
  msg = outbox.create(message(scheduled_at: Time.new(2036, 1, 2, 3, 4, 5, "+02:00"), priority: 3, metadata: {}, tags: ["a"],
                              attachments: [Mailq.attachment("file.bin", content_id: "logo")]))
  msg = outbox.browse(msg.id)
  puts [msg.scheduled_at, msg.priority, msg.attachments[0]["size"], msg.attachments[0]["disposition"],
        msg.expires_at || "None"].join(" ")
end

def circle
  partner = { name: "Alice" }
  partner[:company] = { owner: partner }
  outbox.create(message(context: { partner: partner }))
rescue ArgumentError => e
  puts e.message.split(";").first
end

def not_there
  puts outbox.create(message).sublect
rescue NoMethodError
  puts "mail.outbox has no sublect"
end

def word(truth) = truth ? "True" : "False"

def templates
  env = Mailq.connect
  model = env.models["mail.template"]
  made = model.create({ id: "tpl_made", name: "Made", subject: "Hi {{ who }} of {{ org.name }}", body_text: "Hello {{ who }}", headers: {} })
  seen = model.browse("tpl_made")
  found = ->(name) { model.search([["name", "=", name]]).map(&:id).inspect.tr('"', "'") }
  puts "#{word(made.managed)} #{seen.name} #{seen.headers} #{found["Made"]}"
  puts "#{seen.preview(context: { who: "Al", org: env.active_organization })["subject"]} " \
       "#{seen.preview(context: { who: "Al" }, draft: { subject: "Ho {{ who }}" })["subject"]}"
  seen.write({ name: "Changed" })
  puts "#{model.browse("tpl_made").name} #{model.browse("tpl_made").subject}"
  begin
    made.write({ subject: "{{ oh" })
  rescue Mailq::Problem => e
    puts "#{e.status} #{e.fields["errors"][0].values_at("where", "line").join(" ")}"
  end
  seen.unlink
  puts found["Changed"]
end

def connectors
  config = { host: "127.0.0.1", port: ARGV[2].to_i, username: "user" }
  made = Mailq.connect.models["ir.connector"].create({ id: "relay", kind: "smtp", config: { **config, password: "s3cret" } })
  puts "#{word(made.secrets["password"])} #{word(made.config.key?("password"))} #{word(made.is_default)}"
  made.write({ name: "The relay" })
  puts "#{made.name} #{made.test("ops@acme.example")["why"]}"
  puts word(made.test("ops@acme.example", draft: { config: { **config, password: "bad" } })["ok"])
  made.unlink
end

RECORDS = <<~XML
  <data>
  <record id="tpl_brought" model="mail.template"><field name="subject">Brought {{ who }}</field><field name="body_text">Hi</field></record>
  <record id="brought" model="ir.connector"><field name="kind">smtp</field><field name="config" eval="{'host': 'mail.example.com'}"/></record>
  <record id="elsewhere" model="res.partner"><field name="name">Älice</field></record>
  </data>
XML

def imports
  templates, connectors = Mailq.connect.models.values_at("mail.template", "ir.connector")
  [templates, connectors].each { |model| puts model.import_records(RECORDS).values_at("imported", "left_out").join(" ") }
  puts "#{templates.browse("tpl_brought").subject} #{connectors.browse("brought").config["host"]}"
  begin
    templates.import_records("<data/>")
  rescue Mailq::Problem => e
    puts e.status
  end
  templates.browse("tpl_brought").unlink
  connectors.browse("brought").unlink
end

def purges
  outbox = Mailq.connect.models["mail.outbox"]
  outbox.create([message, message, message]).each(&:cancel)
  outbox.create(message)
  puts "#{outbox.search.size} #{outbox.purge("1h")["messages"]} #{outbox.purge("0s", status: "sent")["messages"]}"
  puts "#{outbox.purge("0s", organization: "globex")["messages"]} #{outbox.purge("0s", bodies: true)["messages"]}"
  done = outbox.purge("0s", status: "cancelled")
  puts "#{done["messages"]} #{word(done["bytes"].positive?)} #{done["busy"]} #{outbox.search.size}"
  begin
    outbox.purge("soon")
  rescue Mailq::Problem => e
    puts e.status
  end
end

send(ARGV[1])
